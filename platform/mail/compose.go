package mail

import (
	"bytes"
	"errors"
	netmail "net/mail"
	"strconv"
	"strings"
	"unicode"

	gomail "github.com/wneessen/go-mail"
)

// errAddress is permanent: an invalid email address stays invalid.
var errAddress = failure{errors.New("mail: not a single plain address"), Recipient}

// Source returns the message as it would be sent.
func Source(from *netmail.Address, m Message) ([]byte, error) {
	composed, err := compose(from, m)
	if err != nil {
		return nil, err
	}
	var source bytes.Buffer
	_, err = composed.WriteTo(&source)
	return source.Bytes(), err
}

// compose builds the message. It sets the recipient as a parsed email address and
// not as text, so that no name can add a second recipient.
func compose(from *netmail.Address, m Message) (*gomail.Msg, error) {
	to, err := netmail.ParseAddress("<" + m.Address + ">")
	if err != nil || to.Address != m.Address || strings.ContainsFunc(m.Address, unprintable) {
		return nil, errAddress
	}
	// A backslash would quote the next character, even in an encoded word.
	to.Name = line(strings.ReplaceAll(m.Name, `\`, " "))
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(from)
	msg.ToMailAddress(to)
	msg.Subject(line(m.Subject))
	msg.SetMessageIDWithValue(m.ID)
	msg.SetDate()
	// These headers suppress automatic replies such as out-of-office notes (RFC
	// 3834 5).
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader("X-Auto-Response-Suppress", "All")
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	return msg, nil
}

// line returns the text as one line without control characters, for a header.
func line(s string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, " "))), " ")
}

func unprintable(r rune) bool { return r <= ' ' || r > '~' }

// Domain returns the part of an email address after its @.
func Domain(a *netmail.Address) string { return a.Address[strings.LastIndexByte(a.Address, '@')+1:] }

// ParseFrom parses the sender: an email address with an optional name before it.
// Its error says how to write the sender, and repeats no part of it.
func ParseFrom(text string) (*netmail.Address, error) {
	from, err := netmail.ParseAddress(text)
	if err == nil {
		return from, nil
	}
	if name, rest, ok := strings.Cut(text, "<"); ok && netmailAccepts(strconv.Quote(strings.TrimSpace(name))+" <"+rest) {
		return nil, errors.New(`write the name in double quotes, as in "My Name, Company" <hello@example.com>`)
	}
	return nil, errors.New("write it like Stoa <hello@example.com>")
}

func netmailAccepts(text string) bool {
	_, err := netmail.ParseAddress(text)
	return err == nil
}
