package mail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"stoa/platform/mail/mailtest"
	"stoa/platform/waittest"
)

const password = "p@ss/word of the relay"

var ada = Message{
	ID: "0199f3c2@stoa.test", Name: "Ada Lovelace", Address: "ada@example.com", Subject: "Grüße 🌿",
	Text: "Hello Ada,\n\nhttps://stoa.test/verify-email?token=a-long-one-that-must-not-be-broken-by-the-mail-0123456789_-abcdef\n.\n",
	HTML: "<p>Hello <b>Ada</b> – =3D</p>\n",
}

// transport returns a transport of the URL that connects to the test server.
func transport(t *testing.T, s *mailtest.Server, address string) *SMTP {
	t.Helper()
	smtp, err := New(Config{URL: address, From: "Stoa <hello@stoa.test>"})
	if err != nil {
		t.Fatal(err)
	}
	smtp.dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, s.Addr)
	}
	return smtp
}

func delivered(t *testing.T, s *mailtest.Server, smtp *SMTP, m Message) mailtest.Mail {
	t.Helper()
	before := len(s.Mails())
	if err := smtp.Send(t.Context(), m); err != nil {
		t.Fatalf("Send = %v", err)
	}
	mails := s.Mails()
	if len(mails) != before+1 {
		t.Fatalf("%d emails arrived, want one", len(mails)-before)
	}
	return mails[before]
}

func TestSend_Arrives(t *testing.T) {
	t.Parallel()
	s := mailtest.Start(t)
	got := delivered(t, s, transport(t, s, "smtp://127.0.0.1:25"), ada)
	if got.From != "hello@stoa.test" || len(got.To) != 1 || got.To[0] != ada.Address {
		t.Errorf("envelope from %q to %q", got.From, got.To)
	}
	m := got.Message(t)
	for name, want := range map[string]string{
		"From": `"Stoa" <hello@stoa.test>`, "To": `"Ada Lovelace" <ada@example.com>`, "Message-Id": "<0199f3c2@stoa.test>",
		"Auto-Submitted": "auto-generated", "User-Agent": "", "X-Mailer": "", "Mime-Version": "1.0",
	} {
		if got := m.Header.Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil || subject != ada.Subject {
		t.Errorf("Subject = %q, %v", subject, err)
	}
	if at, err := m.Header.Date(); err != nil || time.Since(at) > time.Hour {
		t.Errorf("Date = %v, %v", at, err)
	}
	text, html := bodies(t, m)
	if text != ada.Text || html != ada.HTML {
		t.Errorf("bodies = %q and %q", text, html)
	}
}

// bodies returns the text and the HTML of an email.
func bodies(t *testing.T, m *netmail.Message) (text, html string) {
	t.Helper()
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("Content-Type = %q, %v", kind, err)
	}
	found := map[string]string{}
	for parts := multipart.NewReader(m.Body, params["boundary"]); ; {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			t.Fatal(err)
		}
		found[part.Header.Get("Content-Type")] = strings.ReplaceAll(string(body), "\r\n", "\n")
	}
	return found["text/plain; charset=UTF-8"], found["text/html; charset=UTF-8"]
}

// No name or subject adds a recipient or a header.
func TestSend_NothingIsInjected(t *testing.T) {
	t.Parallel()
	s := mailtest.Start(t)
	smtp := transport(t, s, "smtp://localhost")
	headers := len(delivered(t, s, smtp, ada).Message(t).Header)
	hostile := []string{
		"Ada\r\nBcc: eve@evil.example", "Ada\nX-Evil: 1", "Ada <eve@evil.example>, Bob", `Ada" <eve@evil.example>, "Bob`,
		"eve@evil.example, ada", strings.Repeat("W", 100), strings.Repeat("é", 100), "محمد بن عبد الله", "🌿👩‍👩‍👧", "<b>", "\u2028\x00\xff", "=?utf-8?q?=0D=0ABcc:_eve@evil.example?=", "\u202etxet",
	}
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.OneOf(rapid.SampledFrom(hostile), rapid.String()).Draw(rt, "text")
		m := ada
		m.Name, m.Subject = text, text
		got := delivered(t, s, smtp, m)
		parsed := got.Message(t)
		to, err := parsed.Header.AddressList("To")
		if err != nil || len(to) != 1 || to[0].Address != ada.Address || len(got.To) != 1 || len(parsed.Header) > headers {
			rt.Fatalf("%q: To %v, %v, envelope %q, %d headers\n%s", text, to, err, got.To, len(parsed.Header), got.Source)
		}
		for lines := strings.Split(got.Source, "\r\n"); len(lines) > 0; lines = lines[1:] {
			if len(lines[0]) > 998 {
				rt.Fatalf("a line of %d bytes, more than 998", len(lines[0]))
			}
		}
	})
}

func TestSend_AddressThatIsNone(t *testing.T) {
	t.Parallel()
	s := mailtest.Start(t)
	smtp := transport(t, s, "smtp://localhost")
	for _, address := range []string{
		"", "ada", "ada@example.com, eve@evil.example", "ada@example.com\r\nRCPT TO:<eve@evil.example>", "<eve@evil.example> ada@example.com",
		"ada@example.com>", "Ada <ada@example.com>", "ada @example.com", "ada@exämple.com", `"a b"@example.com`,
	} {
		m := ada
		m.Address = address
		if err := smtp.Send(t.Context(), m); !IsPermanent(err) {
			t.Errorf("Send to %q = %v, want a permanent error", address, err)
		}
	}
	if got := s.Mails(); len(got) != 0 {
		t.Errorf("%d emails were sent, want none", len(got))
	}
}

func TestSend_PasswordAndTLS(t *testing.T) {
	t.Parallel()
	cert, roots := mailtest.Certificate(t, "mail.test")
	for scheme, offer := range map[string]mailtest.Option{"smtp": mailtest.STARTTLS(cert), "smtps": mailtest.TLS(cert)} {
		s := mailtest.Start(t, offer, mailtest.Password("stoa", password))
		smtp := transport(t, s, scheme+"://stoa:p%40ss%2Fword%20of%20the%20relay@mail.test")
		smtp.roots = roots
		if got := delivered(t, s, smtp, ada); got.User != "stoa" || !got.Secure {
			t.Errorf("%s: the email came from user %q, TLS %v", scheme, got.User, got.Secure)
		}
		if err := smtp.Check(t.Context()); err != nil {
			t.Errorf("%s: Check = %v", scheme, err)
		}
		smtp.roots = nil // the certificate is not trusted
		if err := smtp.Send(t.Context(), ada); CauseOf(err) != Operator || !strings.Contains(err.Error(), "certificate") {
			t.Errorf("%s: Send to a server with an untrusted certificate = %v, want an error of the operator", scheme, err)
		}
		wrong := transport(t, s, scheme+"://stoa:hush-hush@mail.test")
		wrong.roots = roots
		for what, err := range map[string]error{"Send": wrong.Send(t.Context(), ada), "Check": wrong.Check(t.Context())} {
			if err == nil || IsPermanent(err) || strings.Contains(fmt.Sprintf("%+v", err), "hush") {
				t.Errorf("%s: %s with a wrong password = %v, want a temporary error without the password", scheme, what, err)
			}
		}
		if n := len(s.Mails()); n != 1 {
			t.Errorf("%s: %d emails arrived, want one", scheme, n)
		}
	}
}

// To another machine nothing is sent unencrypted, in particular no password.
func TestSend_NoSTARTTLSOutsideLoopback(t *testing.T) {
	t.Parallel()
	s := mailtest.Start(t, mailtest.Password("stoa", password))
	if err := transport(t, s, "smtp://stoa:x@mail.test").Send(t.Context(), ada); err == nil || len(s.Mails()) != 0 {
		t.Errorf("Send without TLS = %v, %d emails", err, len(s.Mails()))
	}
	open := mailtest.Start(t)
	if err := transport(t, open, "smtp://192.0.2.1:25").Send(t.Context(), ada); err == nil || len(open.Mails()) != 0 {
		t.Errorf("Send without TLS = %v, %d emails", err, len(open.Mails()))
	}
}

// IsPermanent distinguishes permanent from temporary errors. No error contains the
// email address that the server repeats in its reply.
func TestSend_Refusals(t *testing.T) {
	t.Parallel()
	s := mailtest.Start(t)
	smtp := transport(t, s, "smtp://localhost")
	for name, tt := range map[string]struct {
		fault     mailtest.Fault
		permanent bool
	}{
		"no such mailbox":        {mailtest.Fault{Rcpt: mailtest.Reply(550, 5, 1, 1)}, true},
		"mailbox full":           {mailtest.Fault{Rcpt: mailtest.Reply(452, 4, 2, 2)}, false},
		"relaying denied":        {mailtest.Fault{Rcpt: mailtest.Reply(554, 5, 7, 1)}, false},
		"greylisted":             {mailtest.Fault{Rcpt: mailtest.Reply(451, 4, 7, 1)}, false},
		"message refused":        {mailtest.Fault{Data: mailtest.Reply(554, 5, 6, 0)}, false},
		"message refused so far": {mailtest.Fault{Data: mailtest.Reply(451, 4, 3, 0)}, false},
		"cut":                    {mailtest.Fault{Drop: true}, false},
	} {
		s.Fail(tt.fault)
		err := smtp.Send(t.Context(), ada)
		if err == nil || IsPermanent(err) != tt.permanent || strings.Contains(err.Error(), "ada@") {
			t.Errorf("%s: Send = %v, permanent %v, want permanent %v", name, err, IsPermanent(err), tt.permanent)
		}
	}
	if n := len(s.Mails()); n != 0 {
		t.Errorf("%d emails arrived, want none", n)
	}
}

func TestSend_ServerHangs(t *testing.T) {
	t.Parallel()
	s := mailtest.Start(t)
	s.Fail(mailtest.Fault{Hang: true})
	ctx, cancel := context.WithCancel(t.Context())
	sent := make(chan error, 1)
	go func() { sent <- transport(t, s, "smtp://localhost").Send(ctx, ada) }()
	waittest.Until(t, "the message at the server", func() bool { return s.Pending() == 1 })
	cancel()
	if err := <-sent; !errors.Is(err, context.Canceled) || CauseOf(err) != Connection || !strings.Contains(err.Error(), "may have accepted") {
		t.Errorf("Send = %v", err)
	}
}

// A server that has not replied yet has not refused the message.
func TestSend_ServerIsSlow(t *testing.T) {
	t.Parallel()
	s := mailtest.Start(t)
	s.Fail(mailtest.Fault{Slow: true})
	sent := make(chan error, 1)
	go func() { sent <- transport(t, s, "smtp://localhost").Send(t.Context(), ada) }()
	waittest.Until(t, "the message at the server", func() bool { return s.Pending() == 1 })
	s.Fail(mailtest.Fault{})
	if err := <-sent; err != nil || len(s.Mails()) != 1 {
		t.Errorf("Send = %v, %d emails arrived, want one", err, len(s.Mails()))
	}
}

// deadlines records the read deadlines of a connection, as durations.
type deadlines struct {
	net.Conn
	reads []time.Duration
}

func (d *deadlines) SetReadDeadline(at time.Time) error {
	d.reads = append(d.reads, time.Until(at).Round(time.Minute))
	return d.Conn.SetReadDeadline(at)
}

// The timeouts are those of RFC 5321 4.5.3.2, one for each reply.
func TestSend_Timeouts(t *testing.T) {
	t.Parallel()
	s := mailtest.Start(t)
	smtp := transport(t, s, "smtp://localhost")
	dial, seen := smtp.dial, &deadlines{}
	smtp.dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		var err error
		seen.Conn, err = dial(ctx, network, addr)
		return seen, err
	}
	delivered(t, s, smtp, ada)
	// Greeting, EHLO, MAIL, RCPT and DATA have five minutes each, or a little less where a
	// reply arrives in parts; the message has ten, and QUIT ends the connection.
	replies := len(seen.reads) - 2
	want := append(slices.Repeat([]time.Duration{5 * time.Minute}, max(5, replies)), 10*time.Minute, 0)
	if !slices.Equal(seen.reads, want) {
		t.Errorf("read deadlines %v, want %v", seen.reads, want)
	}
	if blockTimeout < 3*time.Minute || SendTimeout < 8*replyTimeout+blockTimeout+acceptTimeout {
		t.Errorf("a block has %s, and Send %s in total", blockTimeout, SendTimeout)
	}
}

func TestSend_ServerAway(t *testing.T) {
	t.Parallel()
	s := mailtest.Start(t)
	smtp := transport(t, s, "smtp://localhost")
	s.Stop(t)
	for what, err := range map[string]error{"Send": smtp.Send(t.Context(), ada), "Check": smtp.Check(t.Context())} {
		if err == nil || IsPermanent(err) {
			t.Errorf("%s = %v, want a temporary error", what, err)
		}
	}
	s.Restart(t)
	delivered(t, s, smtp, ada)
}

func TestCheck_SendsNothing(t *testing.T) {
	t.Parallel()
	s := mailtest.Start(t)
	if err := transport(t, s, "smtp://localhost").Check(t.Context()); err != nil || len(s.Mails()) != 0 {
		t.Errorf("Check = %v, %d emails", err, len(s.Mails()))
	}
}

func TestParseURL(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"smtp://mail.test": "mail.test:587", "smtps://mail.test": "mail.test:465", "smtp://u:p@[::1]:25": "[::1]:25", "smtp://mail.test/": "mail.test:587",
	} {
		if u, err := ParseURL(address); err != nil || u.Host != want {
			t.Errorf("ParseURL(%q) = %v, %v, want %s", address, u, err, want)
		}
	}
	for _, address := range []string{"", "mail.test:25", "http://mail.test", "smtp://", "smtp://mail.test:0", "smtp://mail.test:x", "smtp://mail.test/x", "smtp://mail.test?x=hush", "smtp://u:hush%@mail.test"} {
		if _, err := ParseURL(address); err == nil || strings.Contains(err.Error(), "hush") {
			t.Errorf("ParseURL(%q) = %v, want an error without the secret", address, err)
		}
	}
}

func TestSource_EqualsSentMessage(t *testing.T) {
	t.Parallel()
	from, err := ParseFrom("Stoa <hello@stoa.test>")
	if err != nil {
		t.Fatal(err)
	}
	source, err := Source(from, ada)
	if err != nil || !bytes.Contains(source, []byte("Message-ID: <0199f3c2@stoa.test>")) {
		t.Errorf("Source = %v\n%s", err, source)
	}
}
