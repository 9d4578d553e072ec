package mail

import (
	"context"
	"errors"
	"fmt"
	"net/textproto"
	"regexp"

	gomail "github.com/wneessen/go-mail"
)

// permanent is an error that no other attempt would mend.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// IsPermanent reports whether the mail server has refused this very message or
// recipient for good (a 5yz reply, RFC 5321 4.2.1), so that trying again is
// useless.
func IsPermanent(err error) bool { return errors.As(err, new(permanent)) }

// sorted tells what will never be taken from what may be later. The text of
// either holds no address: servers like to repeat the recipient in theirs, and
// errors are logged and kept.
func sorted(ctx context.Context, err error) error {
	var refused *gomail.SendError
	if !errors.As(err, &refused) || refused.ErrorCode() == 0 {
		return unreached(ctx, err)
	}
	told := fmt.Errorf("mail: %s: the server answered %d %s", refused.Reason, refused.ErrorCode(), refused.EnhancedStatusCode())
	if refused.ErrorCode() >= 500 && ofRecipient(refused) {
		return permanent{told}
	}
	return told
}

// policyCode is an enhanced status code of security or policy (RFC 3463 3.8),
// such as "relaying denied": the operator's to mend, not the recipient's.
var policyCode = regexp.MustCompile(`^5\.7\.`)

// ofRecipient reports whether the refusal is about the recipient or the
// message. One of the sender is about our settings and passes when they are
// right.
func ofRecipient(e *gomail.SendError) bool {
	switch e.Reason {
	case gomail.ErrSMTPRcptTo:
		return !policyCode.MatchString(e.EnhancedStatusCode())
	case gomail.ErrSMTPData, gomail.ErrSMTPDataClose:
		return true
	}
	return false
}

// unreached explains why there was no talk, or one that broke off.
func unreached(ctx context.Context, err error) error {
	var reply *textproto.Error
	var refused *gomail.SendError
	switch {
	case err == nil:
		return errors.New("mail: not delivered, and no reason given")
	case errors.As(err, &reply):
		return fmt.Errorf("mail: the server answered %d before the message", reply.Code)
	case ctx.Err() != nil:
		return fmt.Errorf("mail: the server took too long: %w", ctx.Err())
	case errors.As(err, &refused):
		return fmt.Errorf("mail: %s: the connection broke", refused.Reason)
	}
	return fmt.Errorf("mail: %w", err)
}
