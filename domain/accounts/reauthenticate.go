package accounts

import (
	"context"

	"stoa/db"
	"stoa/domain/emailaddr"
	"stoa/domain/internal/userrow"
	"stoa/domain/passwords"
	"stoa/domain/scope"
	"stoa/platform/fault"
	"stoa/platform/pg"
)

// Reauthenticated is the acting user after Reauthenticate.
type Reauthenticated struct {
	User  scope.User // as stored at the check
	hash  string
	field string
}

// Reauthenticate checks the acting user's current password. field is the name of
// the password's input field, for faults. Reauthenticate returns an Invalid fault
// of that field for a wrong password, and a TooMany fault for too many attempts.
func (a *Accounts) Reauthenticate(ctx context.Context, sc scope.Scope, field, password string) (Reauthenticated, error) {
	return a.checkPassword(ctx, sc, sc.User.ID, sc.Session.String(), field, password)
}

// checkPassword is Reauthenticate for the user with the id. known is that of Attempt.
func (a *Accounts) checkPassword(ctx context.Context, sc scope.Scope, id scope.UserID, known, field, password string) (Reauthenticated, error) {
	if err := passwords.CheckTyped(field, password); err != nil {
		return Reauthenticated{}, err
	}
	row, err := a.queries.UserByID(ctx, a.DB, id.UUID)
	if err != nil {
		return Reauthenticated{}, pg.NoRow(err, Deleted())
	}
	email, err := emailaddr.Parse(row.Email)
	if err != nil {
		return Reauthenticated{}, err
	}
	correct, err := a.compare(ctx, Attempt{Email: email, Password: password, Known: known}, &row)
	if err != nil {
		return Reauthenticated{}, err
	}
	if correct {
		return Reauthenticated{userrow.User(row), row.PasswordHash, field}, nil
	}
	if err := a.recordRefusal(ctx, sc, row, eventPasswordRefused); !fault.Is(err, fault.Unauthenticated) {
		return Reauthenticated{}, err
	}
	return Reauthenticated{}, fault.InvalidField(field, "wrong_password", "This is not your current password. Try again.")
}

// LockReauthenticated locks the user's row until the caller's transaction ends, and
// returns the user. It returns an Invalid fault of the password's field when the
// password was changed after Reauthenticate, and Deleted when the account was
// deleted.
func (a *Accounts) LockReauthenticated(ctx context.Context, tx *pg.Tx, r Reauthenticated) (scope.User, error) {
	row, err := a.lockReauthenticated(ctx, tx, r)
	return userrow.User(row), err
}

func (a *Accounts) lockReauthenticated(ctx context.Context, tx *pg.Tx, r Reauthenticated) (db.User, error) {
	row, err := a.lock(ctx, tx, r.User.ID)
	if err == nil && row.PasswordHash != r.hash {
		err = changedMeanwhile(r.field)
	}
	return row, err
}

// lock returns the user's row and locks it until the caller's transaction ends.
func (a *Accounts) lock(ctx context.Context, tx *pg.Tx, id scope.UserID) (db.User, error) {
	row, err := a.queries.UserLock(ctx, tx, id.UUID)
	return row, pg.NoRow(err, Deleted())
}

func changedMeanwhile(field string) error {
	return fault.InvalidField(field, "wrong_password", "The password was changed meanwhile. Try again.")
}
