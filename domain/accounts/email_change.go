package accounts

import (
	"context"

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
	if err := a.limitEmailChange(ctx, sc, r.User.ID, next); err != nil {
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
	if err := a.sendEmailChange(ctx, tx, sc, userrow.User(row), next.String()); err != nil {
		return err
	}
	return audit.Record(ctx, tx, sc, audit.Entry{Event: eventEmailRequested, User: r.User.ID})
}

// sendEmailChange sends the link that confirms the change to the next address, and
// the notice with the link that undoes it to the user's address.
func (a *Accounts) sendEmailChange(ctx context.Context, tx *pg.Tx, sc scope.Scope, user scope.User, next string) error {
	if err := a.sendLink(ctx, tx, sc, onetime.ConfirmEmail, user, next); err != nil {
		return err
	}
	undo, err := a.issueUndo(ctx, tx, user)
	if err != nil {
		return err
	}
	params := mailer.RequestParams(sc)
	params[ParamNewEmail], params[mailer.Lifetime] = next, lifetimeInWords(onetime.Lifetime(onetime.UndoEmail))
	return a.Mailer.Enqueue(ctx, tx, mailer.Email{Kind: KindEmailUndo, To: user.Email, Name: user.Name, User: user.ID, Link: undo.ID, Params: params})
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

// ConfirmEmail uses the link that was sent to the new address; see LinkProof for the
// proof that it wants. The account then has that address, verified. When another
// account has the address, ConfirmEmail returns the Conflict email_taken and does not
// use the link. For a link that does not work, see onetime.IsDead and
// onetime.AlreadyDone.
func (a *Accounts) ConfirmEmail(ctx context.Context, sc scope.Scope, proof LinkProof) (scope.User, error) {
	owner, err := a.proveOwner(ctx, sc, onetime.ConfirmEmail, proof)
	if err != nil {
		return scope.User{}, err
	}
	var user scope.User
	err = a.DB.Tx(ctx, func(tx *pg.Tx) error {
		link, _, err := a.consume(ctx, tx, sc, onetime.ConfirmEmail, proof.Token, owner)
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
