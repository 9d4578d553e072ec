package mail

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"regexp"
	"strings"
)

// Cause says what must change before a message can be delivered.
type Cause string

// The causes.
const (
	Recipient  Cause = "recipient"  // this email address takes no email; a retry is useless
	Operator   Cause = "operator"   // the settings, the account at the mail server or the sender's reputation
	Temporary  Cause = "temporary"  // the server asks to try again (4yz, RFC 5321 4.2.1), or the mailbox may work again
	Connection Cause = "connection" // no reply
)

// Causes returns all causes.
func Causes() []Cause { return []Cause{Recipient, Operator, Temporary, Connection} }

// failure is the error of a delivery.
type failure struct {
	error
	cause Cause
}

func (f failure) Unwrap() error { return f.error }

// CauseOf returns the cause of an error of a Transport. An error that Send did not
// cause counts as Connection.
func CauseOf(err error) Cause {
	f := failure{cause: Connection}
	_ = errors.As(err, &f)
	return f.cause
}

// IsPermanent reports whether the mail server has refused this recipient permanently,
// so that a retry is useless. Every other refusal ends when the operator corrects the
// settings or the account.
func IsPermanent(err error) bool { return err != nil && CauseOf(err) == Recipient }

// failure returns the error of a stage with its cause. Its text contains no email
// address and none of the hidden texts: servers repeat them in their replies, and
// errors are logged and stored.
func (s *SMTP) failure(ctx context.Context, at stage, err error, to string, hidden []string) error {
	if reply := new(textproto.Error); errors.As(err, &reply) {
		return failure{fmt.Errorf("mail: %s: the server replied %d %s", at, reply.Code, printable(reply.Msg, hidden)), s.causeOf(at, reply, to)}
	}
	err = cmp.Or(context.Cause(ctx), err)
	switch {
	case at == accepting:
		return failure{fmt.Errorf("mail: no reply after the message, which the server may have accepted: %w", err), Connection}
	case at == connecting && ctx.Err() == nil && !ofNetwork(err):
		return failure{fmt.Errorf("mail: %s: %w", at, err), Operator}
	}
	return failure{fmt.Errorf("mail: %s: no reply: %w", at, err), Connection}
}

// ofNetwork reports whether the error may end without a change of the settings. A
// name that does not exist, an invalid certificate and a missing extension do not.
func ofNetwork(err error) bool {
	unknown := new(net.DNSError)
	if errors.As(err, &unknown) && unknown.IsNotFound {
		return false
	}
	return errors.As(err, new(net.Error)) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.As(err, new(textproto.ProtocolError)) || errors.Is(err, errLongReply)
}

// causeOf returns the cause of a refusal. Only a refusal that is certainly about the
// recipient is Recipient: the operator's fault must not abandon emails.
func (s *SMTP) causeOf(at stage, reply *textproto.Error, to string) Cause {
	code := enhancedCode(reply.Msg)
	switch {
	case reply.Code/100 != 5 || strings.HasPrefix(code, "4."):
		return Temporary
	case at == connecting || at == sender || s.namesSender(reply.Msg, to):
		return Operator
	}
	return causeOfText(code, reasonOf(reply.Msg, to), at == recipient || containsFold(reply.Msg, to))
}

// namesSender reports whether the text is about the email address of the sender.
func (s *SMTP) namesSender(text, to string) bool {
	return containsFold(text, s.from.Address) && !containsFold(text, to)
}

func containsFold(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(part))
}

// anyCode matches an enhanced status code (RFC 3463) at any place of a reply,
// since some servers write it in brackets, or do not announce the extension. An IP
// address does not match.
var anyCode = regexp.MustCompile(`(?:^|[^0-9.])([45]\.[0-9]{1,3}\.[0-9]{1,3})(?:$|[^0-9.]|\.(?:$|[^0-9]))`)

// enhancedCode returns the first enhanced status code of the text, or "".
func enhancedCode(text string) string {
	found := anyCode.FindStringSubmatch(text)
	if found == nil {
		return ""
	}
	return found[1]
}

// shownReply is how many characters of a reply an error has.
const shownReply = 300

var anyAddress = regexp.MustCompile(`[^\s<>()\[\]{},;:"']*@[^\s<>()\[\]{},;:"']*`)

// printable returns the text of a reply as one short line. Email addresses and the
// hidden texts are masked; of a hidden email address also its local part alone.
func printable(text string, hidden []string) string {
	text = line(text[:min(len(text), 4*shownReply)])
	text = anyAddress.ReplaceAllString(text, "***")
	for _, secret := range hidden {
		local, _, _ := strings.Cut(secret, "@")
		text = masked(text, local)
	}
	if letters := []rune(text); len(letters) > shownReply {
		text = string(letters[:shownReply]) + "…"
	}
	return text
}

// masked replaces a word that is neither empty nor very short.
func masked(text, word string) string {
	if len(word) < 3 {
		return text
	}
	whole := regexp.MustCompile(`(?i)(^|[^\pL\pN])` + regexp.QuoteMeta(word) + `($|[^\pL\pN])`)
	for range 2 { // a match ends with the separator before the next one
		text = whole.ReplaceAllString(text, "${1}***${2}")
	}
	return text
}
