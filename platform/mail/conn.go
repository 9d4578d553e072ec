package mail

import (
	"errors"
	"net"
	"net/textproto"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

// stage is the part of a delivery in which it failed.
type stage string

const (
	connecting stage = "connecting"
	sender     stage = "MAIL FROM"
	recipient  stage = "RCPT TO"
	beginning  stage = "DATA"
	writing    stage = "writing the message"
	accepting  stage = "the end of the message"
)

// Classes of replies. The first digit decides, so that a reply that the RFC does not
// list has the right meaning (RFC 5321 4.2.1).
const (
	positive     = 2
	intermediate = 3
)

// conn is an SMTP session on a connection of its own.
type conn struct {
	*smtp.Client
	patient *patientConn // nil before the connection
}

// send sends the message and returns the stage in which it failed.
func (c *conn) send(from, to string, m *gomail.Msg) (stage, error) {
	if at, err := c.envelope(from, to); err != nil {
		return at, err
	}
	if err := c.command(intermediate, "DATA"); err != nil {
		return beginning, err
	}
	w := c.Text.DotWriter()
	_, err := m.WriteTo(w)
	if err = errors.Join(err, w.Close()); err != nil {
		return writing, err
	}
	c.patient.reply = acceptTimeout
	return accepting, c.readReply(positive)
}

// envelope names the sender and the recipient.
func (c *conn) envelope(from, to string) (stage, error) {
	if err := c.command(positive, "MAIL FROM:<%s>", from); err != nil {
		return sender, err
	}
	return recipient, c.command(positive, "RCPT TO:<%s>", to)
}

// command sends a command and returns an error unless the reply is of the class.
func (c *conn) command(class int, format string, args ...any) error {
	if err := c.Text.PrintfLine(format, args...); err != nil {
		return err
	}
	return c.readReply(class)
}

// readReply returns a *textproto.Error for a reply of another class. textproto itself
// does not accept a reply without a text, which RFC 5321 4.2 allows. The lines of a
// reply have the same code, so its first line suffices when the connection ends in it.
func (c *conn) readReply(class int) error {
	reply := &textproto.Error{}
	for more := true; more; {
		text, err := c.Text.ReadLine()
		if err != nil && reply.Code == 0 {
			return err
		}
		if err != nil {
			break
		}
		if len(text) < 3 || strings.Trim(text[:3], "0123456789") != "" {
			return textproto.ProtocolError("the reply has no code")
		}
		reply.Code = int(text[0]-'0')*100 + int(text[1]-'0')*10 + int(text[2]-'0')
		more = strings.HasPrefix(text[3:], "-")
		if len(reply.Msg) < replyRead {
			reply.Msg += " " + strings.TrimSpace(strings.TrimPrefix(text[3:], "-"))
		}
	}
	if reply.Code/100 != class {
		return reply
	}
	return nil
}

// quit ends the session. Its errors do not matter, because the result is known.
func (c *conn) quit() {
	c.patient.reply = quitTimeout
	if c.patient.received <= replyMax {
		_ = c.Quit()
	}
	_ = c.close()
}

func (c *conn) close() error {
	if c.patient == nil {
		return nil
	}
	return c.patient.Close()
}

// replyMax is the maximum size of a reply, in bytes of the connection. A line of a
// reply has at most 512 (RFC 5321 4.5.3.1.5). After replyRead, lines are not kept.
const (
	replyMax  = 256 << 10
	replyRead = 4 << 10
)

var errLongReply = errors.New("the reply is too long")

// patientConn gives each reply and each block a time of its own. It ignores the
// deadlines of the library, which are for several replies together.
type patientConn struct {
	net.Conn
	reply    time.Duration
	received int // bytes since the last write
}

// SetDeadline does nothing.
func (c *patientConn) SetDeadline(time.Time) error { return nil }

// Read waits for a reply.
func (c *patientConn) Read(p []byte) (int, error) {
	if c.received > replyMax {
		return 0, errLongReply
	}
	if err := c.Conn.SetReadDeadline(time.Now().Add(c.reply)); err != nil {
		return 0, err
	}
	n, err := c.Conn.Read(p)
	c.received += n
	return n, err
}

// Write sends a block.
func (c *patientConn) Write(p []byte) (int, error) {
	if err := c.Conn.SetWriteDeadline(time.Now().Add(blockTimeout)); err != nil {
		return 0, err
	}
	c.received = 0
	return c.Conn.Write(p)
}
