package accounts

import (
	"context"
	"time"

	"stoa/domain/audit"
	"stoa/domain/emailaddr"
	"stoa/domain/internal/userrow"
	"stoa/domain/onetime"
	"stoa/domain/scope"
	"stoa/platform/fault"
	"stoa/platform/pg"
)

// PendingEmail is a new address that is not confirmed yet.
type PendingEmail struct {
	Email       string
	ExpiresAt   time.Time
	Undelivered bool // the email with the link did not arrive
}

// PendingEmail returns the new address that the acting user requested and has not
// confirmed, or false when there is none.
func (a *Accounts) PendingEmail(ctx context.Context, sc scope.Scope) (PendingEmail, bool, error) {
	link, ok, err := a.Onetime.Pending(ctx, onetime.ConfirmEmail, sc.User.ID)
	return PendingEmail{link.Email, link.ExpiresAt, link.Undelivered}, ok, err
}

// NoPendingEmail returns the NotFound fault for an account without a pending change.
func NoPendingEmail() error {
	return &fault.Error{Kind: fault.NotFound, Code: "not_found", Message: "No change of your email address is pending."}
}

// ResendEmailChange sends the links of the acting user's pending change again and
// voids the older one. It needs no password: the change was requested with it. The
// current address gets another notice too, so that the change can be undone for a
// week after the newest link. ResendEmailChange returns a NotFound fault when no
// change is pending, and a TooMany fault for too many requests.
func (a *Accounts) ResendEmailChange(ctx context.Context, sc scope.Scope) error {
	pending, ok, err := a.PendingEmail(ctx, sc)
	if err != nil {
		return err
	}
	if !ok {
		return NoPendingEmail()
	}
	next, err := emailaddr.Parse(pending.Email)
	if err != nil {
		return err
	}
	if err := a.limitEmailChange(ctx, sc, sc.User.ID, next); err != nil {
		return err
	}
	return a.DB.Tx(ctx, func(tx *pg.Tx) error {
		row, err := a.lock(ctx, tx, sc.User.ID)
		if err != nil {
			return err
		}
		// Under the lock, so that a change that was cancelled meanwhile stays cancelled.
		link, ok, err := a.Onetime.Cancel(ctx, tx, onetime.ConfirmEmail, sc.User.ID)
		if err != nil {
			return err
		}
		if !ok {
			return NoPendingEmail()
		}
		return a.sendEmailChange(ctx, tx, sc, userrow.User(row), link.Email)
	})
}

// CancelEmailChange cancels the acting user's pending change. It returns a NotFound
// fault when no change is pending.
func (a *Accounts) CancelEmailChange(ctx context.Context, sc scope.Scope) error {
	return a.DB.Tx(ctx, func(tx *pg.Tx) error {
		if _, err := a.lock(ctx, tx, sc.User.ID); err != nil {
			return err
		}
		ok, err := a.cancelEmailChange(ctx, tx, sc, sc.User.ID)
		if err == nil && !ok {
			err = NoPendingEmail()
		}
		return err
	})
}

// cancelEmailChange voids the link that confirms a pending change of the user, and
// records that. The caller has locked the user's row. It returns false when no change is
// pending.
func (a *Accounts) cancelEmailChange(ctx context.Context, tx *pg.Tx, sc scope.Scope, user scope.UserID) (bool, error) {
	_, ok, err := a.Onetime.Cancel(ctx, tx, onetime.ConfirmEmail, user)
	if err != nil || !ok {
		return false, err
	}
	return true, audit.Record(ctx, tx, sc, audit.Entry{Event: eventEmailCancelled, User: user})
}
