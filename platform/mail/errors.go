package mail

import (
	"context"
	"errors"
	"fmt"
	"net/textproto"
	"regexp"

	gomail "github.com/wneessen/go-mail"
)

// permanent is an error that a retry cannot resolve.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// IsPermanent reports whether the mail server has refused this message or
// recipient permanently (a 5yz reply, RFC 5321 4.2.1), so that a retry is useless.
func IsPermanent(err error) bool { return errors.As(err, new(permanent)) }

// classify returns a permanent error when no retry can succeed. The text of its
// errors contains no email address: servers often repeat the recipient in their
// replies, and errors are logged and stored.
func classify(ctx context.Context, err error) error {
	var refused *gomail.SendError
	if !errors.As(err, &refused) || refused.ErrorCode() == 0 {
		return connectionError(ctx, err)
	}
	reply := fmt.Errorf("mail: %s: the server replied %d %s", refused.Reason, refused.ErrorCode(), refused.EnhancedStatusCode())
	if refused.ErrorCode() >= 500 && ofRecipient(refused) {
		return permanent{reply}
	}
	return reply
}

// policyCode matches the enhanced status codes of security and policy (RFC 3463
// 3.8), such as "relaying denied". The operator can resolve these errors.
var policyCode = regexp.MustCompile(`^5\.7\.`)

// ofRecipient reports whether the server refused the recipient or the message. A
// refusal of the sender is caused by the settings and ends when they are corrected.
func ofRecipient(e *gomail.SendError) bool {
	switch e.Reason {
	case gomail.ErrSMTPRcptTo:
		return !policyCode.MatchString(e.EnhancedStatusCode())
	case gomail.ErrSMTPData, gomail.ErrSMTPDataClose:
		return true
	}
	return false
}

// connectionError explains why there was no connection, or why it ended early.
func connectionError(ctx context.Context, err error) error {
	var reply *textproto.Error
	var refused *gomail.SendError
	switch {
	case err == nil:
		return errors.New("mail: not delivered, without a reason")
	case errors.As(err, &reply):
		return fmt.Errorf("mail: the server replied %d before the message", reply.Code)
	case ctx.Err() != nil:
		return fmt.Errorf("mail: the server took too long: %w", ctx.Err())
	case errors.As(err, &refused):
		return fmt.Errorf("mail: %s: the connection broke", refused.Reason)
	}
	return fmt.Errorf("mail: %w", err)
}
