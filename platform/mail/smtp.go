package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"net"
	netmail "net/mail"
	"net/url"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// Timeouts of the mail server (RFC 5321 4.5.3.2). A server that has not replied yet
// has not refused the message.
const (
	connectTimeout = 30 * time.Second // also for the TLS handshake of smtps
	replyTimeout   = 5 * time.Minute  // to the greeting and each command
	blockTimeout   = 3 * time.Minute  // for writing a block of the message
	acceptTimeout  = 10 * time.Minute // from the end of the message to its reply
	quitTimeout    = 5 * time.Second  // to QUIT, when the result is known
	checkTimeout   = time.Minute      // for Check in total
)

// SendTimeout is how long Send may take in total. A server that uses the timeouts of
// greeting, EHLO, STARTTLS, authentication, envelope and message fits into it.
const SendTimeout = time.Hour

// SMTP sends messages through a mail server, each over its own connection.
type SMTP struct {
	from  *netmail.Address
	url   *url.URL
	roots *x509.CertPool // nil: those of the system
	dial  func(ctx context.Context, network, addr string) (net.Conn, error)
}

// Config has the mail server of a transport and the sender.
type Config struct {
	URL  string // smtp://user:password@host:587, or smtps://… for TLS from the first byte
	From string // the sender: "Stoa <hello@example.com>"
}

// New returns the transport to the mail server of c. Its error does not repeat
// the URL, which contains a password.
func New(c Config) (*SMTP, error) {
	u, err := ParseURL(c.URL)
	if err != nil {
		return nil, err
	}
	from, err := ParseFrom(c.From)
	if err != nil {
		return nil, err
	}
	return &SMTP{from: from, url: u, dial: new(net.Dialer).DialContext}, nil
}

// ParseURL parses the URL of a mail server and adds the default port: 587 for smtp
// (submission, RFC 6409), 465 for smtps (RFC 8314). Its error says how to write the
// URL, and repeats no part of it.
func ParseURL(rawURL string) (*url.URL, error) {
	scheme, rest, _ := strings.Cut(rawURL, "://")
	usual := map[string]string{"smtp": "587", "smtps": "465"}[scheme]
	if usual == "" {
		return nil, errors.New("begin it with smtp:// or smtps://")
	}
	if _, err := url.PathUnescape(rawURL); err != nil {
		return nil, errors.New("write % as %25")
	}
	if userinfo := rest[:max(0, strings.LastIndex(rest, "@"))]; strings.ContainsAny(userinfo, "/?# ") {
		return nil, errors.New("write / in the user and the password as %2F, ? as %3F, # as %23 and a space as %20")
	}
	u, err := url.Parse(rawURL)
	if err != nil || u.Hostname() == "" || strings.Trim(u.Path, "/")+u.RawQuery+u.Fragment != "" {
		return nil, errors.New("write it like smtp://user:password@host:587")
	}
	if u.Port() == "" {
		u.Host = net.JoinHostPort(u.Hostname(), usual)
	}
	if n, err := strconv.ParseUint(u.Port(), 10, 16); err != nil || n == 0 {
		return nil, errors.New("the port is a number from 1 to 65535")
	}
	return u, nil
}

// PasswordOf returns the password of a URL that ParseURL accepts.
func PasswordOf(rawURL string) string {
	u, err := ParseURL(rawURL)
	if err != nil {
		return ""
	}
	password, _ := u.User.Password()
	return password
}

// Send delivers the message. When the connection ends after the message and before
// its reply, the server may have accepted the message, and Send returns an error: a
// second copy, which has the same Message-ID, is better than no email (RFC 5321
// 4.1.1.4, RFC 1047).
func (s *SMTP) Send(ctx context.Context, m Message) error {
	composed, err := compose(s.from, m)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, SendTimeout)
	defer cancel()
	hidden := append(s.credentials(), m.Name, m.Address)
	conn, err := s.connect(ctx)
	if err != nil {
		return s.failure(ctx, connecting, err, m.Address, hidden)
	}
	defer conn.quit()
	if at, err := conn.send(s.from.Address, m.Address, composed); err != nil {
		return s.failure(ctx, at, err, m.Address, hidden)
	}
	return nil
}

// probe is a recipient of another domain, which has no mailbox (RFC 2606).
const probe = "postmaster@example.com"

// Check connects and authenticates as Send does, and asks whether the server accepts
// the sender, and recipients of other domains. It sends no message. It returns only
// errors that the settings cause: the server may refuse or delay the recipient.
func (s *SMTP) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	conn, err := s.connect(ctx)
	if err != nil {
		return s.failure(ctx, connecting, err, probe, s.credentials())
	}
	defer conn.quit()
	at, err := conn.envelope(s.from.Address, probe)
	if err == nil {
		return nil
	}
	if err = s.failure(ctx, at, err, probe, s.credentials()); CauseOf(err) == Operator {
		return err
	}
	return nil
}

// mechanisms are the authentication mechanisms, the most secure first. NoEnc turns
// off the library's check for encryption, because dialer and policy already
// require it of every server except on this machine.
var mechanisms = []gomail.SMTPAuthType{
	gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthSCRAMSHA1, gomail.SMTPAuthPlainNoEnc, gomail.SMTPAuthLoginNoEnc,
}

// connect connects, greets and authenticates. The caller must call quit.
func (s *SMTP) connect(ctx context.Context) (*conn, error) {
	port, err := strconv.Atoi(s.url.Port())
	if err != nil {
		return nil, err
	}
	c := &conn{}
	config := s.tls()
	options := []gomail.Option{
		gomail.WithPort(port), gomail.WithTimeout(connectTimeout), gomail.WithTLSConfig(config),
		gomail.WithTLSPolicy(s.policy()), gomail.WithHELO(s.helo()),
		gomail.WithDialContextFunc(s.dialer(ctx, config, c)),
	}
	if user := s.url.User; user != nil {
		password, _ := user.Password()
		options = append(options, gomail.WithOpportunisticSMTPAuth(mechanisms...), gomail.WithUsername(user.Username()), gomail.WithPassword(password))
	}
	client, err := gomail.NewClient(s.url.Hostname(), options...)
	if err != nil {
		return nil, err
	}
	if c.Client, err = client.DialToSMTPClientWithContext(ctx); err != nil {
		_ = c.close() // mostly closed already
		return nil, err
	}
	return c, nil
}

// credentials returns the password in the forms in which it is sent. A server that
// does not know AUTH may repeat them.
func (s *SMTP) credentials() []string {
	password, ok := s.url.User.Password()
	if !ok {
		return nil
	}
	encode := base64.StdEncoding.EncodeToString
	return []string{password, encode([]byte(password)), encode([]byte("\x00" + s.url.User.Username() + "\x00" + password))}
}

// policy requires STARTTLS of every server except on this machine: a password, and
// links that give access to accounts, are not sent unencrypted (ASVS 12.3.1).
func (s *SMTP) policy() gomail.TLSPolicy {
	switch {
	case s.url.Scheme == "smtps":
		return gomail.NoTLS // the connection uses TLS already
	case s.loopback():
		return gomail.TLSOpportunistic
	}
	return gomail.TLSMandatory
}

func (s *SMTP) tls() *tls.Config {
	return &tls.Config{
		ServerName: s.url.Hostname(), MinVersion: tls.VersionTLS12, RootCAs: s.roots,
		InsecureSkipVerify: s.loopback(), //nolint:gosec // G402: loopback traffic does not leave this machine
	}
}

func (s *SMTP) loopback() bool {
	ip := net.ParseIP(s.url.Hostname())
	return s.url.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// helo returns the name in the greeting: the domain of the sender, since the host
// name of a container is not a domain.
func (s *SMTP) helo() string { return Domain(s.from) }

// dialer returns the function that connects c. The connection is closed when sending
// ends, so that Send returns in time also when the server stops responding.
func (s *SMTP) dialer(sending context.Context, config *tls.Config, c *conn) gomail.DialContextFunc {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		socket, err := s.dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		if s.url.Scheme == "smtps" {
			secured := tls.Client(socket, config)
			if err := secured.HandshakeContext(ctx); err != nil {
				return nil, errors.Join(err, socket.Close())
			}
			socket = secured
		}
		context.AfterFunc(sending, func() { _ = socket.Close() }) // already closed after a successful send
		c.patient = &patientConn{Conn: socket, reply: replyTimeout}
		return c.patient, nil
	}
}
