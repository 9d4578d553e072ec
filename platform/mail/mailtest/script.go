package mailtest

import (
	"io"
	"net"
	"net/textproto"
	"strings"
	"sync"
	"testing"
)

// Script has the replies of an odd mail server, as they are sent: of several lines,
// without a text, in any bytes. "" is the usual reply.
type Script struct {
	Greeting, EHLO, StartTLS, Auth, Mail, Rcpt, Data string

	Message string // to the message
}

// Close as the last line of a reply closes the connection.
const Close = "close"

// Scripted starts a server that follows the script until the end of the test, and
// returns its address.
func Scripted(t testing.TB, script Script) (addr string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var sessions sync.WaitGroup
	sessions.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			sessions.Go(func() { script.serve(c) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		sessions.Wait()
	})
	return listener.Addr().String()
}

// serve runs one session. The connection ends at the first error.
func (s Script) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	text := textproto.NewConn(c)
	next := reply(c, s.Greeting, "220 mail.test")
	for next {
		line, err := text.ReadLine()
		if err != nil {
			return
		}
		verb, _, _ := strings.Cut(strings.ToUpper(line), " ")
		switch verb {
		case "EHLO":
			next = reply(c, s.EHLO, "250 mail.test")
		case "STARTTLS":
			next = reply(c, s.StartTLS, "220 go ahead")
		case "AUTH":
			next = reply(c, s.Auth, "235 welcome")
		case "MAIL":
			next = reply(c, s.Mail, "250 ok")
		case "RCPT":
			next = reply(c, s.Rcpt, "250 ok")
		case "DATA":
			if next = reply(c, s.Data, "354 go ahead"); s.Data != "" {
				continue
			}
			if _, err := io.Copy(io.Discard, text.DotReader()); err != nil {
				return
			}
			next = reply(c, s.Message, "250 ok")
		default:
			next = reply(c, "", "250 ok")
		}
	}
}

// reply sends the reply, or the usual one, and reports whether the session goes on.
func reply(c net.Conn, text, usual string) bool {
	if text == "" {
		text = usual
	}
	lines, last := strings.CutSuffix(text+"\r\n", Close+"\r\n")
	_, err := io.WriteString(c, lines)
	return err == nil && !last
}
