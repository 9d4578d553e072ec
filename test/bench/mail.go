package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"stoa/platform/mail/mailtest"
	"stoa/test/rig"
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

// hangingMail compares requests that send an email to a hanging mail server with the
// same requests on a program that keeps emails in the database. The two
// alternate, each on a database of its own.
func hangingMail(_ context.Context, s *environment, p plan, r *report) error {
	server := mailtest.Start(s.t)
	server.Fail(mailtest.Fault{Hang: true})
	kept, err := s.startMailing("mail_kept", rig.Env{"SMTP_URL": ""})
	if err != nil {
		return err
	}
	held, err := s.startMailing("mail_hangs", rig.Env{"SMTP_URL": "smtp://" + server.Addr})
	if err != nil {
		return err
	}
	rig.Await(s.t, "a job to send an email", func() bool {
		return rig.Ask[bool](s.t, held, "SELECT EXISTS (SELECT FROM river.river_job WHERE queue = 'mail' AND state = 'running')")
	})
	for _, one := range emailRequests {
		var with, without, ratios []float64
		pair := []*rig.App{kept, held}
		for range p.pairs / one.share {
			took := map[*rig.App]float64{}
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
func (s *environment) startMailing(database string, settings rig.Env) (*rig.App, error) {
	one := s.serve(s.binary, off, s.database(database), rig.Env{"LIMIT_MAIL_ACCOUNT": "off", "LIMIT_MAIL_IP": "off"}, settings)
	account := fmt.Sprintf(`{"name":"Ada Lovelace","email":%q,"password":%q}`, resetEmail, password)
	return one, newVisitor(one, http.MethodPost, "/api/auth/register", "access_token").body(account).call()
}
