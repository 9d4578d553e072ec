package mail

import (
	"bytes"
	"errors"
	"fmt"
	netmail "net/mail"
	"strings"
	"unicode"

	gomail "github.com/wneessen/go-mail"
)

// errAddress is permanent: what is no address now will not be one later.
var errAddress = permanent{errors.New("mail: not one plain address")}

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

// compose builds the mail. The recipient is set as a parsed address and never
// as text, so that nothing in a name can begin another one.
func compose(from *netmail.Address, m Message) (*gomail.Msg, error) {
	to, err := netmail.ParseAddress("<" + m.Address + ">")
	if err != nil || to.Address != m.Address || strings.ContainsFunc(m.Address, unprintable) {
		return nil, errAddress
	}
	// A backslash would quote what follows it where an encoded word stands.
	to.Name = line(strings.ReplaceAll(m.Name, `\`, " "))
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(from)
	msg.ToMailAddress(to)
	msg.Subject(line(m.Subject))
	msg.SetMessageIDWithValue(m.ID)
	msg.SetDate()
	// Nobody's out-of-office note answers this (RFC 3834 5).
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader("X-Auto-Response-Suppress", "All")
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	return msg, nil
}

// line makes a text fit for a header: one line without control characters.
func line(s string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, " "))), " ")
}

func unprintable(r rune) bool { return r <= ' ' || r > '~' }

// Domain returns the part of an address behind its @.
func Domain(a *netmail.Address) string { return a.Address[strings.LastIndexByte(a.Address, '@')+1:] }

// ParseFrom reads who the mail is from: an address, perhaps with a name before.
func ParseFrom(text string) (*netmail.Address, error) {
	from, err := netmail.ParseAddress(text)
	if err != nil {
		return nil, fmt.Errorf("mail: sender: %w", err)
	}
	return from, nil
}
