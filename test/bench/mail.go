package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"time"
)

// emailRequests are requests that send an email.
var emailRequests = []struct {
	line, path, want string
	share            int // one in this many pairs, because hashes are slow
	body             func() string
}{
	{"forgotten password, mail server hangs", "/api/auth/forgot-password", "", 1, func() string { return fmt.Sprintf(`{"email":%q}`, resetEmail) }},
	{"registration, mail server hangs", "/api/auth/register", "access_token", 10, registration},
}

const resetEmail = "forgetful@example.com"

// connectTimeout is how long the workers may take to connect to the hanging
// server.
const connectTimeout = 30 * time.Second

// hangingMail compares requests that send an email to a hanging mail server with the
// same requests on a program that keeps emails in the database. The two
// alternate, each on a database of its own.
func hangingMail(ctx context.Context, s *environment, p plan, r *report) error {
	server, err := startHangingServer()
	if err != nil {
		return err
	}
	defer server.listener.Close()
	kept, err := s.startMailing(ctx, "mail_kept", p)
	if err != nil {
		return err
	}
	held, err := s.startMailing(ctx, "mail_hangs", p, "SMTP_URL=smtp://"+server.listener.Addr().String(), "MAIL_FROM=stoa@localhost")
	if err != nil {
		return err
	}
	if err := server.await(); err != nil {
		return err
	}
	for _, one := range emailRequests {
		var with, without, ratios []float64
		pair := []*process{kept, held}
		for range p.pairs / one.share {
			took := map[*process]float64{}
			for _, on := range pair {
				v := newVisitor(on, http.MethodPost, one.path, one.want).body(one.body())
				begun := time.Now()
				if err := v.call(); err != nil {
					return err
				}
				took[on] = float64(time.Since(begun))
			}
			slices.Reverse(pair) // the order changes from pair to pair
			ratios = append(ratios, took[held]/took[kept])
			with, without = append(with, took[held]), append(without, took[kept])
		}
		r.add(one.line, inMilliseconds(time.Duration(median(with))), inMilliseconds(time.Duration(median(without))), median(ratios), atMost(1.1))
	}
	return nil
}

// startMailing starts the program on a database of its own, with an account and a
// waiting email.
func (s *environment) startMailing(ctx context.Context, database string, p plan, settings ...string) (*process, error) {
	app, owner, err := s.database(ctx, database)
	if err != nil {
		return nil, err
	}
	settings = slices.Concat(off, []string{"DATABASE_URL=" + app, "DATABASE_OWNER_URL=" + owner, "LIMIT_MAIL_ACCOUNT=off", "LIMIT_MAIL_IP=off"}, settings)
	one, err := s.serve(ctx, database, p, settings...)
	if err != nil {
		return nil, err
	}
	account := fmt.Sprintf(`{"name":"Ada Lovelace","email":%q,"password":%q}`, resetEmail, password)
	return one, newVisitor(one, http.MethodPost, "/api/auth/register", "access_token").body(account).call()
}

// hanging is a mail server that accepts connections and never responds.
type hanging struct {
	listener net.Listener
	taken    atomic.Int32
}

func startHangingServer() (*hanging, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	h := &hanging{listener: listener}
	go func() {
		var held []net.Conn // the garbage collector closes connections without a reference
		for conn, err := listener.Accept(); err == nil; conn, err = listener.Accept() {
			held = append(held, conn)
			h.taken.Add(1)
		}
		for _, conn := range held {
			_ = conn.Close() // the benchmark has ended
		}
	}()
	return h, nil
}

// await waits until a client has connected.
func (h *hanging) await() error {
	for end := time.Now().Add(connectTimeout); h.taken.Load() == 0; time.Sleep(pollEvery) {
		if time.Now().After(end) {
			return fmt.Errorf("no client connected to the mail server within %s", connectTimeout)
		}
	}
	return nil
}
