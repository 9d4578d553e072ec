package accounts

import (
	"context"
	"time"

	"github.com/google/uuid"

	"stoa/db"
	"stoa/domain/audit"
	"stoa/domain/emailaddr"
	"stoa/domain/internal/userrow"
	"stoa/domain/mailer"
	"stoa/domain/onetime"
	"stoa/domain/passwords"
	"stoa/domain/scope"
	"stoa/platform/fault"
	"stoa/platform/pg"
)

// EmailChange is the email address to change to, and the current password.
type EmailChange struct {
	Email   string
	Current string
}

// RequestEmailChange requests another email address. The change takes effect when
// the user confirms it by the link that is sent there. The current address
// receives a notice with a link that undoes the change for a week. It returns an
// Invalid fault for a wrong password, text that is not an address, and the user's
// current address, and a TooMany fault for too many requests.
//
// The result and the emails are the same when another account has the address.
// Only ConfirmEmail returns that the address is taken, and its link is readable in
// that mailbox only.
func (a *Accounts) RequestEmailChange(ctx context.Context, sc scope.Scope, change EmailChange) error {
	next, errEmail := emailaddr.Parse(change.Email)
	if errEmail == nil && next.String() == sc.User.Email {
		errEmail = fault.InvalidField("email", "unchanged", "This is your address already. Enter another.")
	}
	if err := fault.Join(errEmail, passwords.CheckTyped("current_password", change.Current)); err != nil {
		return err
	}
	r, err := a.Reauthenticate(ctx, sc, "current_password", change.Current)
	if err != nil {
		return err
	}
	// This count is separate from the count of the emails that anonymous clients can
	// request: by exhausting that count, they cannot prevent a change of address.
	if err := a.limitEmail(ctx, sc, []byte("change"), r.User.ID.UUID[:]); err != nil {
		return err
	}
	return a.DB.Tx(ctx, func(tx *pg.Tx) error { return a.requestEmailChange(ctx, tx, sc, r, next) })
}

func (a *Accounts) requestEmailChange(ctx context.Context, tx *pg.Tx, sc scope.Scope, r Reauthenticated, next emailaddr.Address) error {
	row, err := a.lockReauthenticated(ctx, tx, r)
	if err != nil {
		return err
	}
	if row.DisabledAt != nil {
		return changedMeanwhile(r.field)
	}
	user := userrow.User(row)
	if err := a.sendLink(ctx, tx, sc, onetime.ConfirmEmail, user, next.String()); err != nil {
		return err
	}
	undo, err := a.issueUndo(ctx, tx, user)
	if err != nil {
		return err
	}
	params := mailer.RequestParams(sc)
	params[ParamNewEmail], params[mailer.Lifetime] = next.String(), lifetimeInWords(onetime.Lifetime(onetime.UndoEmail))
	notice := mailer.Email{Kind: KindEmailUndo, To: user.Email, Name: user.Name, User: user.ID, Link: undo.ID, Params: params}
	if err := a.Mailer.Enqueue(ctx, tx, notice); err != nil {
		return err
	}
	return audit.Record(ctx, tx, sc, audit.Entry{Event: eventEmailRequested, User: user.ID})
}

// issueUndo makes the link that restores the current address of the account. It
// reserves a verified address for the lifetime of the link, so that no other
// account can take it. An address that was never verified may belong to another
// user, and must stay free for them.
func (a *Accounts) issueUndo(ctx context.Context, tx *pg.Tx, user scope.User) (onetime.Link, error) {
	if !user.EmailVerified {
		return a.Onetime.Issue(ctx, tx, onetime.UndoEmail, user.ID, user.Email)
	}
	email, err := emailaddr.Parse(user.Email)
	if err != nil {
		return onetime.Link{}, err
	}
	return a.Onetime.IssueReserving(ctx, tx, onetime.UndoEmail, user.ID, user.Email, email.Key())
}

// ConfirmEmail uses the link that was sent to the new address. The account then has
// that address, verified. When another account has the address, ConfirmEmail
// returns the Conflict email_taken and does not use the link.
func (a *Accounts) ConfirmEmail(ctx context.Context, sc scope.Scope, token string) (scope.User, error) {
	var user scope.User
	err := a.DB.Tx(ctx, func(tx *pg.Tx) error {
		link, err := a.Onetime.Consume(ctx, tx, onetime.ConfirmEmail, token)
		if err != nil {
			return err
		}
		if user, err = a.setEmail(ctx, tx, link); err != nil {
			return err
		}
		// Links that were sent to the previous address must not work any more.
		if err := a.Onetime.Void(ctx, tx, link.User, uuid.Nil, onetime.VerifyEmail, onetime.ResetPassword); err != nil {
			return err
		}
		return audit.Record(ctx, tx, sc, audit.Entry{Event: eventEmailChanged, User: link.User})
	})
	return user, err
}

// setEmail gives the account the address that the link was sent to. The link
// proves that the client reads that mailbox.
func (a *Accounts) setEmail(ctx context.Context, tx *pg.Tx, link onetime.Link) (scope.User, error) {
	email, err := emailaddr.Parse(link.Email)
	if err != nil {
		return scope.User{}, err
	}
	row, err := a.queries.UserEmailUpdate(ctx, tx, db.UserEmailUpdateParams{
		ID: link.User.UUID, Email: email.String(), EmailKey: email.Key(),
	})
	if pg.Duplicate(err, "users_email_key") {
		return scope.User{}, emailTaken()
	}
	if err != nil {
		return scope.User{}, err
	}
	return userrow.User(row), a.checkNotReserved(ctx, tx, email, link.User)
}

// checkNotReserved returns the Conflict email_taken when another user may still
// return to the address. Call it after the account has the address.
func (a *Accounts) checkNotReserved(ctx context.Context, tx *pg.Tx, email emailaddr.Address, user scope.UserID) error {
	reserved, err := a.Onetime.ReservedEmail(ctx, tx, email.Key(), user)
	if err == nil && reserved {
		return emailTaken()
	}
	return err
}

// EmailUndone is the result of UndoEmail.
type EmailUndone struct {
	User  scope.User
	Ended int    // how many sign-ins ended
	Reset string // the token of a link that resets the password
}

// UndoEmail uses the link that was sent to the address before a change, and gives
// the account that address back. It ends all sign-ins and voids the links that
// were sent to the new address. The client that made the change knew the
// password, so the user must set a new one: Reset is the token for that.
func (a *Accounts) UndoEmail(ctx context.Context, sc scope.Scope, token string) (EmailUndone, error) {
	var done EmailUndone
	err := a.DB.Tx(ctx, func(tx *pg.Tx) error {
		link, err := a.Onetime.Consume(ctx, tx, onetime.UndoEmail, token)
		if err != nil {
			return err
		}
		if done.User, err = a.setEmail(ctx, tx, link); err != nil {
			return err
		}
		return a.revertEmailChange(ctx, tx, sc, link, &done)
	})
	return done, err
}

// revertEmailChange ends the sign-ins and voids the links since the change. The
// link that undoes an earlier change is older and stays valid.
func (a *Accounts) revertEmailChange(ctx context.Context, tx *pg.Tx, sc scope.Scope, link onetime.Link, done *EmailUndone) (err error) {
	if done.Ended, err = a.Sessions.EndAll(ctx, tx, sc, link.User, scope.SessionID{}); err != nil {
		return err
	}
	if err := a.Onetime.Void(ctx, tx, link.User, uuid.Nil, onetime.VerifyEmail, onetime.ResetPassword, onetime.ConfirmEmail); err != nil {
		return err
	}
	if err := a.Onetime.Void(ctx, tx, link.User, link.ID, onetime.UndoEmail); err != nil {
		return err
	}
	reset, err := a.Onetime.Issue(ctx, tx, onetime.ResetPassword, link.User, done.User.Email)
	if err != nil {
		return err
	}
	done.Reset = a.Onetime.Token(reset)
	return audit.Record(ctx, tx, sc, audit.Entry{Event: eventEmailRestored, User: link.User})
}

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
