package accounts

import (
	"context"
	"encoding/hex"
	"log/slog"

	"stoa/domain/emailaddr"
	"stoa/domain/scope"
	"stoa/platform/fault"
)

// limitEmail counts a requested email by the client's IP address, and by its
// receiver: the address, or the account. It does the same for an address with an
// account and for one without, and returns the same fault.
func (a *Accounts) limitEmail(ctx context.Context, sc scope.Scope, receiver ...[]byte) error {
	if _, err := a.Limits.Take(ctx, a.Mail.Client, sc.Request.Client); err != nil {
		return err
	}
	_, err := a.Limits.Take(ctx, a.Mail.Account, a.mailKey(receiver...))
	return err
}

// limitEmailChange counts the emails of a change by the client's IP address, the
// account and the next address. These counts are separate from the count of the emails
// that anonymous clients can request: by exhausting that count, they cannot prevent a
// change of address.
func (a *Accounts) limitEmailChange(ctx context.Context, sc scope.Scope, user scope.UserID, next emailaddr.Address) error {
	if err := a.limitEmail(ctx, sc, []byte("change"), user.UUID[:]); err != nil {
		return err
	}
	_, err := a.Limits.Take(ctx, a.Mail.Account, a.mailboxKey("change-to", next))
	return err
}

// CheckMailbox returns a TooMany fault when too many accounts were made with the
// mailbox of the registration: each sends it an email, and an account can be deleted
// and made again.
func (a *Accounts) CheckMailbox(ctx context.Context, c CheckedRegistration) error {
	return a.Limits.Check(ctx, a.Mail.Account, a.mailboxKey("register", c.email))
}

// CountMailbox counts an account that was made. A refused registration sends no email.
// CountMailbox logs an error, because the account exists by then.
func (a *Accounts) CountMailbox(ctx context.Context, c CheckedRegistration) {
	_, err := a.Limits.Take(ctx, a.Mail.Account, a.mailboxKey("register", c.email))
	if err != nil && !fault.Is(err, fault.TooMany) {
		slog.WarnContext(ctx, "registration not counted", "error", err)
	}
}

// MayNotify reports whether a notice may be sent to the user, and counts it. A verified
// mailbox gets every notice. Another one may not be the user's and gets a few: the
// user could cause any number of emails by signing in.
func (a *Accounts) MayNotify(ctx context.Context, user scope.User) (bool, error) {
	if user.EmailVerified {
		return true, nil
	}
	email, err := emailaddr.Parse(user.Email)
	if err == nil {
		_, err = a.Limits.Take(ctx, a.Mail.Account, a.mailboxKey("notice", email))
	}
	if fault.Is(err, fault.TooMany) {
		return false, nil
	}
	return err == nil, err
}

// mailboxKey returns the key of a count of emails to a mailbox that need not be the
// client's. Each kind of email has its own count.
func (a *Accounts) mailboxKey(kind string, email emailaddr.Address) string {
	return a.mailKey([]byte(kind), []byte(email.Mailbox()))
}

// mailKey returns the key of a count of emails. It is a MAC, so that the table of
// limits does not contain an address.
func (a *Accounts) mailKey(parts ...[]byte) string {
	return hex.EncodeToString(a.Keys.Sign("mail-limit", parts...)[:16])
}
