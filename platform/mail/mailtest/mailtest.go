// Package mailtest gives tests a real mail server on loopback, which can also
// refuse, hang, drop connections and be away.
package mailtest

import (
	"bytes"
	"errors"
	"io"
	"net"
	netmail "net/mail"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"stoa/platform/freeport"
)

// Mail is what the server has taken.
type Mail struct {
	From   string
	To     []string // the envelope's recipients
	Source string
	User   string // who was let in, if anybody
	Secure bool   // it came by TLS
}

// Message returns the mail parsed.
func (m Mail) Message(t testing.TB) *netmail.Message {
	t.Helper()
	parsed, err := netmail.ReadMessage(bytes.NewReader([]byte(m.Source)))
	if err != nil {
		t.Fatalf("the mail cannot be read: %v\n%s", err, m.Source)
	}
	return parsed
}

// Server is a mail server for the life of a test.
type Server struct {
	Addr string // host:port, also while the server is away

	options options
	mu      sync.Mutex
	mails   []Mail
	fault   Fault
	running *smtp.Server
	socket  net.Listener
	done    chan error
	over    chan struct{} // closed at the end of the test, for what hangs
}

// Fault is what goes wrong with each message.
type Fault struct {
	Rcpt error // the answer to the recipient: Reply(550, 5, 1, 1)
	Data error // the answer to the message
	Hang bool  // no answer to the message
	Drop bool  // the connection is cut in place of an answer to the message
	Lost bool  // the message is taken, and the connection cut in place of the answer
	Once bool  // only the next message
}

// Reply is a refusal with an SMTP code and an enhanced status code. Like many
// servers it repeats what it was told.
func Reply(code, class, subject, detail int) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{class, subject, detail}, Message: "<ada@example.com> refused"}
}

// Start starts a server.
func Start(t testing.TB, set ...Option) *Server {
	t.Helper()
	port, err := freeport.Get() // which it finds free again after it has left
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{Addr: "127.0.0.1:" + port, over: make(chan struct{})}
	for _, one := range set {
		one(&s.options)
	}
	s.Return(t)
	t.Cleanup(func() {
		close(s.over)
		s.Leave(t)
	})
	return s
}

// Return has the server listen again, where it was.
func (s *Server) Return(t testing.TB) {
	t.Helper()
	var listener net.Listener
	var err error
	for deadline := time.Now().Add(10 * time.Second); ; {
		if listener, err = net.Listen("tcp", s.Addr); err == nil || time.Now().After(deadline) {
			break // on Linux at once; elsewhere the port may be held a while
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	if s.options.tls != nil && s.options.immediate {
		listener = s.options.listener(listener)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Addr = listener.Addr().String()
	s.running, s.socket, s.done = s.server(), listener, make(chan error, 1)
	go func(running *smtp.Server, done chan error) { done <- running.Serve(listener) }(s.running, s.done)
}

// Leave cuts every connection and stops listening.
func (s *Server) Leave(t testing.TB) {
	t.Helper()
	s.mu.Lock()
	running, socket, done := s.running, s.socket, s.done
	s.running = nil
	s.mu.Unlock()
	if running == nil {
		return
	}
	// The server forgets a socket that it has not begun to listen on.
	if err := errors.Join(socket.Close(), running.Close()); err != nil && !errors.Is(err, net.ErrClosed) {
		t.Errorf("the mail server: %v", err)
	}
	if err := <-done; err != nil && !errors.Is(err, smtp.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
		t.Errorf("the mail server: %v", err)
	}
}

func (s *Server) server() *smtp.Server {
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		if s.options.password != "" {
			return &guarded{session{server: s, conn: c}}, nil
		}
		return &session{server: s, conn: c}, nil
	}))
	server.Domain, server.AllowInsecureAuth = "mail.test", true
	server.ErrorLog = silent{}
	if !s.options.immediate {
		server.TLSConfig = s.options.tls
	}
	return server
}

// Fail has every message from now on end so; the zero Fault is none.
func (s *Server) Fail(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

func (s *Server) now() Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fault
}

// spent is now, and the end of what is to happen once.
func (s *Server) spent() Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	fault := s.fault
	if fault.Once {
		s.fault = Fault{}
	}
	return fault
}

// Mails returns what the server has taken so far.
func (s *Server) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Mail(nil), s.mails...)
}

func (s *Server) take(m Mail) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mails = append(s.mails, m)
}

type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}

// session is one connection's talk.
type session struct {
	server *Server
	conn   *smtp.Conn
	mail   Mail
	user   string
}

func (s *session) Reset()        { s.mail = Mail{} }
func (s *session) Logout() error { return nil }

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if s.server.options.password != "" && s.user == "" {
		return smtp.ErrAuthRequired
	}
	s.mail.From = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.mail.To = append(s.mail.To, to)
	return s.server.now().Rcpt
}

func (s *session) Data(r io.Reader) error {
	source, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	_, secure := s.conn.TLSConnectionState()
	s.mail.Source, s.mail.User, s.mail.Secure = string(source), s.user, secure || s.server.options.immediate
	fault := s.server.spent()
	switch {
	case fault.Hang:
		<-s.server.over
	case fault.Drop, fault.Lost:
		if fault.Lost {
			s.server.take(s.mail)
		}
		return s.conn.Conn().Close()
	case fault.Data == nil:
		s.server.take(s.mail)
	}
	return fault.Data
}

// guarded is a session that wants a password.
type guarded struct{ session }

func (g *guarded) AuthMechanisms() []string { return []string{sasl.Plain} }

func (g *guarded) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != g.server.options.user || password != g.server.options.password {
			return smtp.ErrAuthFailed
		}
		g.user = user
		return nil
	}), nil
}
