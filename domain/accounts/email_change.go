package accounts

import (
	"context"
	"time"

	"github.com/google/uuid"

	"stoa/db"
	"stoa/domain/audit"
	"stoa/domain/emailaddr"
	"stoa/domain/mailer"
	"stoa/domain/onetime"
	"stoa/domain/passwords"
	"stoa/domain/scope"
	"stoa/platform/fault"
	"stoa/platform/pg"
)

// EmailChange is the address to change to, with the current password.
type EmailChange struct {
	Email   string
	Current string
}

// RequestEmailChange asks for another address. It counts once its owner confirms it
// by the link that is sent there. The address before is told and gets a link by
// which its owner can undo the change for a week. Refused are a wrong password,
// what is no address, the person's own, and too many requests.
//
// An address that somebody else has is answered alike, with the same letters:
// that it is taken is told to the one who reads them, at confirmation.
func (a *Accounts) RequestEmailChange(ctx context.Context, sc scope.Scope, change EmailChange) error {
	next, errEmail := emailaddr.Parse(change.Email)
	if errEmail == nil && next.String() == sc.User.Email {
		errEmail = fault.InvalidField("email", "unchanged", "This is your address already. Enter another.")
	}
	if err := fault.Join(errEmail, passwords.CheckTyped("current_password", change.Current)); err != nil {
		return err
	}
	user, err := a.Reauthenticate(ctx, sc, "current_password", change.Current)
	if err != nil {
		return err
	}
	// Apart from the letters that anybody can ask for: a stranger who uses those
	// up keeps nobody from changing an address.
	if err := a.limitEmail(ctx, sc, []byte("change"), user.ID[:]); err != nil {
		return err
	}
	return a.db.Tx(ctx, func(tx *pg.Tx) error { return a.requestEmailChange(ctx, tx, sc, user, next) })
}

func (a *Accounts) requestEmailChange(ctx context.Context, tx *pg.Tx, sc scope.Scope, user db.User, next emailaddr.Address) error {
	now, err := a.lock(ctx, tx, sc.User.ID)
	if err != nil {
		return err
	}
	if now.PasswordHash != user.PasswordHash || now.DisabledAt != nil {
		return a.changedMeanwhile(ctx, tx, user, "current_password")
	}
	p := toUser(now)
	if err := a.sendLink(ctx, tx, sc, onetime.ConfirmEmail, p, next.String()); err != nil {
		return err
	}
	undo, err := a.issueUndo(ctx, tx, p)
	if err != nil {
		return err
	}
	facts := EmailParams(sc)
	facts[mailer.NewEmail], facts[mailer.Lifetime] = next.String(), lifetimeInWords(onetime.Lifetime(onetime.UndoEmail))
	notice := mailer.Email{Kind: mailer.EmailUndo, To: p.Email, Name: p.Name, User: p.ID, Link: undo.ID, Params: facts}
	if err := a.mailer.Enqueue(ctx, tx, notice); err != nil {
		return err
	}
	return audit.Record(ctx, tx, sc, audit.Entry{Event: audit.EmailRequested, User: p.ID})
}

// issueUndo makes the link back to the address that the account has now. A
// verified one is kept for its owner as long: nobody can take it over by
// registering with it. One that was never verified may be a stranger's, who
// must not be kept out of it.
func (a *Accounts) issueUndo(ctx context.Context, tx *pg.Tx, p scope.User) (onetime.Link, error) {
	if !p.EmailVerified {
		return a.onetime.Issue(ctx, tx, onetime.UndoEmail, p.ID, p.Email)
	}
	email, err := emailaddr.Parse(p.Email)
	if err != nil {
		return onetime.Link{}, err
	}
	return a.onetime.IssueReserving(ctx, tx, onetime.UndoEmail, p.ID, p.Email, email.Key())
}

// ConfirmEmail uses up the link that was sent to the new address, which is the
// account's from then on, and verified. When somebody else has taken it
// meanwhile it refuses with the Conflict email_taken, and the link stays good.
func (a *Accounts) ConfirmEmail(ctx context.Context, sc scope.Scope, token string) (scope.User, error) {
	var p scope.User
	err := a.db.Tx(ctx, func(tx *pg.Tx) error {
		link, err := a.onetime.Consume(ctx, tx, onetime.ConfirmEmail, token)
		if err != nil {
			return err
		}
		if p, err = a.setEmail(ctx, tx, link); err != nil {
			return err
		}
		// What was sent to the address before is not this one's.
		if err := a.onetime.Void(ctx, tx, link.User, uuid.Nil, onetime.VerifyEmail, onetime.ResetPassword); err != nil {
			return err
		}
		return audit.Record(ctx, tx, sc, audit.Entry{Event: audit.EmailChanged, User: link.User})
	})
	return p, err
}

// setEmail gives the account the address that the link was sent to. Whoever
// holds the link reads that mailbox.
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
	return toUser(row), a.checkNotReserved(ctx, tx, email, link.User)
}

// checkNotReserved refuses, once the account has the address, one that its owner before
// may still return to.
func (a *Accounts) checkNotReserved(ctx context.Context, tx *pg.Tx, email emailaddr.Address, user scope.UserID) error {
	held, err := a.onetime.ReservedEmail(ctx, tx, email.Key(), user)
	if err == nil && held {
		return emailTaken()
	}
	return err
}

// EmailUndone is what the undoing of a change did.
type EmailUndone struct {
	User  scope.User
	Ended int    // sign-ins that ended
	Reset string // the token of a link by which the owner sets a new password
}

// UndoEmail uses up the link that was sent to the address before a change, and
// gives the account that address back. All sign-ins end, and everything that
// the new address was sent opens nothing. Whoever made the change knew the
// password, so a new one is due: Reset leads there.
func (a *Accounts) UndoEmail(ctx context.Context, sc scope.Scope, token string) (EmailUndone, error) {
	var done EmailUndone
	err := a.db.Tx(ctx, func(tx *pg.Tx) error {
		link, err := a.onetime.Consume(ctx, tx, onetime.UndoEmail, token)
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

// revertEmailChange ends what was begun since the change. Undoing an earlier change
// stays possible: that link is older than this one.
func (a *Accounts) revertEmailChange(ctx context.Context, tx *pg.Tx, sc scope.Scope, link onetime.Link, done *EmailUndone) (err error) {
	if done.Ended, err = a.sessions.EndAll(ctx, tx, sc, link.User, scope.SessionID{}); err != nil {
		return err
	}
	if err := a.onetime.Void(ctx, tx, link.User, uuid.Nil, onetime.VerifyEmail, onetime.ResetPassword, onetime.ConfirmEmail); err != nil {
		return err
	}
	if err := a.onetime.Void(ctx, tx, link.User, link.ID, onetime.UndoEmail); err != nil {
		return err
	}
	reset, err := a.onetime.Issue(ctx, tx, onetime.ResetPassword, link.User, done.User.Email)
	if err != nil {
		return err
	}
	done.Reset = a.onetime.Token(reset)
	return audit.Record(ctx, tx, sc, audit.Entry{Event: audit.EmailRestored, User: link.User})
}

// PendingEmail is an address that waits for its confirmation.
type PendingEmail struct {
	Email     string
	ExpiresAt time.Time
}

// PendingEmail returns the address that the acting person asked for and that is
// not confirmed; false when there is none.
func (a *Accounts) PendingEmail(ctx context.Context, sc scope.Scope) (PendingEmail, bool, error) {
	link, ok, err := a.onetime.Pending(ctx, onetime.ConfirmEmail, sc.User.ID)
	return PendingEmail{link.Email, link.ExpiresAt}, ok, err
}
