package accounts

import (
	"context"

	"github.com/google/uuid"

	"stoa/domain/audit"
	"stoa/domain/internal/userrow"
	"stoa/domain/onetime"
	"stoa/domain/scope"
	"stoa/platform/pg"
)

// EmailUndone is the result of UndoEmail.
type EmailUndone struct {
	User     scope.User
	Ended    int    // how many sign-ins ended; 0 when Repeated
	Reset    string // the token of a link that resets the password; "" for a change that has not happened
	Repeated bool   // the same form has undone it before
}

// UndoEmail uses the link that was sent to the address before a change. When the
// change has not happened, UndoEmail only cancels it: the account has the address.
//
// Otherwise UndoEmail gives the account that address back. It ends all sign-ins and
// voids the links that were sent to the new address. The client that made the change
// knew the password, so the user must set a new one: Reset is the token for that.
//
// The same form sent twice, such as by a double click, gets the same token: the browser has
// discarded the response to the first one. For any other request, a used link gives nothing.
func (a *Accounts) UndoEmail(ctx context.Context, sc scope.Scope, token string) (EmailUndone, error) {
	var done EmailUndone
	err := a.DB.Tx(ctx, func(tx *pg.Tx) error {
		link, err := a.Onetime.Consume(ctx, tx, sc, onetime.UndoEmail, token)
		if err != nil {
			return err
		}
		row, err := a.lock(ctx, tx, link.User)
		if err != nil {
			return err
		}
		if row.Email == link.Email {
			done.User = userrow.User(row)
			_, err := a.cancelEmailChange(ctx, tx, sc, link.User)
			return err
		}
		if done.User, err = a.setEmail(ctx, tx, link); err != nil {
			return err
		}
		return a.revertEmailChange(ctx, tx, sc, link, &done)
	})
	if used, repeated := onetime.Repeated(err, sc); repeated {
		return a.undoneBefore(ctx, used, err)
	}
	return done, err
}

// undoneBefore returns the result of the first time for a form that was sent twice. It
// returns the refusal when the link that resets the password does not work any more.
func (a *Accounts) undoneBefore(ctx context.Context, used *onetime.AlreadyDone, refusal error) (EmailUndone, error) {
	token, live, err := a.Onetime.IssuedBy(ctx, used.Link, onetime.ResetPassword)
	if err != nil {
		return EmailUndone{}, err
	}
	if token != "" && !live {
		return EmailUndone{}, refusal
	}
	row, err := a.queries.UserByID(ctx, a.DB, used.User.UUID)
	if err != nil {
		return EmailUndone{}, pg.NoRow(err, Deleted())
	}
	return EmailUndone{User: userrow.User(row), Reset: token, Repeated: true}, nil
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
