// Package mailtest provides tests with a real mail server on loopback, which can
// also refuse, hang, drop connections and stop.
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

// Mail is an email that the server has accepted.
type Mail struct {
	From   string
	To     []string // the envelope's recipients
	Source string
	User   string // the authenticated user, or ""
	Secure bool   // received over TLS
}

// Message returns the parsed email.
func (m Mail) Message(t testing.TB) *netmail.Message {
	t.Helper()
	parsed, err := netmail.ReadMessage(bytes.NewReader([]byte(m.Source)))
	if err != nil {
		t.Fatalf("the email cannot be parsed: %v\n%s", err, m.Source)
	}
	return parsed
}

// Server is a mail server that stops at the end of the test.
type Server struct {
	Addr string // host:port, the same after Restart

	options options
	mu      sync.Mutex
	mails   []Mail
	pending int
	fault   Fault
	ended   chan struct{} // closed when the fault ends
	running *smtp.Server
	socket  net.Listener
	done    chan error
	over    chan struct{} // closed at the end of the test; ends hanging sessions
}

// Fault is the fault that the server causes for each message.
type Fault struct {
	Mail error // the reply to the sender
	Rcpt error // the reply to the recipient: Reply(550, 5, 1, 1)
	Data error // the reply to the message
	Hang bool  // no reply to the message; the end of the fault closes the connection
	Slow bool  // the message is accepted when the fault ends
	Drop bool  // the connection is closed instead of a reply to the message
	Lost bool  // the message is accepted, and the connection closed instead of the reply
	Once bool  // only for the next message
}

// Reply returns a refusal with an SMTP code and an enhanced status code. Like the
// replies of many servers it repeats the email address.
func Reply(code, class, subject, detail int) error {
	return ReplyText("<ada@example.com> refused", code, class, subject, detail)
}

// ReplyText returns a Reply with another text.
func ReplyText(text string, code, class, subject, detail int) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{class, subject, detail}, Message: text}
}

// Start starts a server.
func Start(t testing.TB, set ...Option) *Server {
	t.Helper()
	port, err := freeport.Get() // a fixed port, so that Restart can use it again
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{Addr: "127.0.0.1:" + port, ended: make(chan struct{}), over: make(chan struct{})}
	for _, one := range set {
		one(&s.options)
	}
	s.Restart(t)
	t.Cleanup(func() {
		close(s.over)
		s.Stop(t)
	})
	return s
}

// Restart makes the server listen again at the same address.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	var listener net.Listener
	var err error
	for deadline := time.Now().Add(10 * time.Second); ; {
		if listener, err = net.Listen("tcp", s.Addr); err == nil || time.Now().After(deadline) {
			break // Linux frees the port immediately; other systems may need a while
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

// Stop closes all connections and stops listening.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	s.mu.Lock()
	running, socket, done := s.running, s.socket, s.done
	s.running = nil
	s.mu.Unlock()
	if running == nil {
		return
	}
	// The server does not close a listener on which Serve has not started.
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
			return &authSession{session{server: s, conn: c}}, nil
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

// Fail ends the fault, if there is one, and sets that of all further messages.
func (s *Server) Fail(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.ended)
	s.fault, s.ended = f, make(chan struct{})
}

// Pending returns how many messages wait for the end of the fault.
func (s *Server) Pending() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pending
}

func (s *Server) currentFault() Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fault
}

// useFault returns the current fault and what closes when it ends. It ends the fault
// when it is for one message.
func (s *Server) useFault() (Fault, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fault := s.fault
	if fault.Once {
		s.fault = Fault{}
	}
	return fault, s.ended
}

// await waits for the end of the fault.
func (s *Server) await(ended <-chan struct{}) {
	count := func(n int) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.pending += n
	}
	count(1)
	defer count(-1)
	select {
	case <-ended:
	case <-s.over:
	}
}

// Mails returns the emails that the server has accepted so far.
func (s *Server) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Mail(nil), s.mails...)
}

func (s *Server) accept(m Mail) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mails = append(s.mails, m)
}

type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}

// session is the SMTP session of one connection.
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
	return s.server.currentFault().Mail
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.mail.To = append(s.mail.To, to)
	return s.server.currentFault().Rcpt
}

func (s *session) Data(r io.Reader) error {
	source, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	_, secure := s.conn.TLSConnectionState()
	s.mail.Source, s.mail.User, s.mail.Secure = string(source), s.user, secure || s.server.options.immediate
	fault, ended := s.server.useFault()
	switch {
	case fault.Hang:
		s.server.await(ended)
		return s.conn.Conn().Close()
	case fault.Slow:
		s.server.await(ended)
		s.server.accept(s.mail)
	case fault.Drop, fault.Lost:
		if fault.Lost {
			s.server.accept(s.mail)
		}
		return s.conn.Conn().Close()
	case fault.Data == nil:
		s.server.accept(s.mail)
	}
	return fault.Data
}

// authSession is a session that requires a password.
type authSession struct{ session }

func (a *authSession) AuthMechanisms() []string { return []string{sasl.Plain} }

func (a *authSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != a.server.options.user || password != a.server.options.password {
			return smtp.ErrAuthFailed
		}
		a.user = user
		return nil
	}), nil
}
