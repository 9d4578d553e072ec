package accounts

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"stoa/db"
	"stoa/domain/audit"
	"stoa/domain/emailaddr"
	"stoa/domain/onetime"
	"stoa/domain/scope"
	"stoa/platform/fault"
	"stoa/platform/pg"
)

// Listed is an account as the operator's shell sees it.
type Listed struct {
	scope.User
	Disabled bool
}

// List returns up to count accounts behind after, in the order they were made.
func (a *Accounts) List(ctx context.Context, after scope.UserID, count int) ([]Listed, error) {
	rows, err := a.queries.UserPage(ctx, a.db, db.UserPageParams{After: after.UUID, Count: int32(count)})
	list := make([]Listed, len(rows))
	for i, row := range rows {
		list[i] = Listed{toUser(row), row.DisabledAt != nil}
	}
	return list, err
}

// Disable refuses the account every sign-in and ends those it has. It reports
// false when it was disabled already; an unknown address is a Missing fault.
func (a *Accounts) Disable(ctx context.Context, sc scope.Scope, address string) (bool, error) {
	return a.operate(ctx, sc, address, audit.UserDisabled, func(tx *pg.Tx, id uuid.UUID) (int64, error) {
		// The account first: a sign-in under way holds its row, and what that
		// opens must be there to be ended.
		changed, err := a.queries.UserDisable(ctx, tx, id)
		if err != nil {
			return 0, err
		}
		_, err = a.sessions.EndAll(ctx, tx, sc, scope.UserID{UUID: id}, scope.SessionID{})
		return changed, err
	})
}

// Enable lets a disabled account sign in again; false when it could already.
func (a *Accounts) Enable(ctx context.Context, sc scope.Scope, address string) (bool, error) {
	return a.operate(ctx, sc, address, audit.UserEnabled, func(tx *pg.Tx, id uuid.UUID) (int64, error) {
		return a.queries.UserEnable(ctx, tx, id)
	})
}

// Promote makes the account an instance administrator; false when it was one.
func (a *Accounts) Promote(ctx context.Context, sc scope.Scope, address string) (bool, error) {
	return a.operate(ctx, sc, address, audit.UserPromoted, func(tx *pg.Tx, id uuid.UUID) (int64, error) {
		return a.queries.UserPromote(ctx, tx, id)
	})
}

func (a *Accounts) operate(ctx context.Context, sc scope.Scope, address string, event audit.Event, act func(*pg.Tx, uuid.UUID) (int64, error)) (bool, error) {
	user, err := a.find(ctx, address)
	if err != nil {
		return false, err
	}
	var changed int64
	err = a.db.Tx(ctx, func(tx *pg.Tx) error {
		if changed, err = act(tx, user.ID); err != nil || changed == 0 {
			return err
		}
		return audit.Record(ctx, tx, sc, audit.Entry{Event: event, User: scope.UserID{UUID: user.ID}})
	})
	return changed > 0, err
}

// SetPassword sets the password of an account and ends all its sign-ins. The
// rules of passwords hold here too.
func (a *Accounts) SetPassword(ctx context.Context, sc scope.Scope, address, password string) error {
	user, err := a.find(ctx, address)
	if err != nil {
		return err
	}
	email, err := emailaddr.Parse(user.Email)
	if err != nil {
		return err
	}
	if err := a.rules.Check(password, email); err != nil {
		return err
	}
	hash, err := a.hasher.Hash(ctx, password)
	if err != nil {
		return err
	}
	return a.db.Tx(ctx, func(tx *pg.Tx) error {
		if err := a.setPassword(ctx, tx, sc, user, hash); err != nil {
			return err
		}
		_, err := a.sessions.EndAll(ctx, tx, sc, scope.UserID{UUID: user.ID}, scope.SessionID{})
		return err
	})
}

// ResetLink returns a link by which the owner of an account sets a new password:
// an operator who makes one need not know any. A disabled account is refused.
func (a *Accounts) ResetLink(ctx context.Context, sc scope.Scope, address string) (string, error) {
	user, err := a.find(ctx, address)
	if err != nil {
		return "", err
	}
	if user.DisabledAt != nil {
		return "", &fault.Error{Kind: fault.Conflict, Code: "disabled", Message: "This account is disabled. Enable it first."}
	}
	var link onetime.Link
	err = a.db.Tx(ctx, func(tx *pg.Tx) error {
		id := scope.UserID{UUID: user.ID}
		if link, err = a.onetime.Issue(ctx, tx, onetime.ResetPassword, id, user.Email); err != nil {
			return err
		}
		return audit.Record(ctx, tx, sc, audit.Entry{Event: audit.ResetRequested, User: id})
	})
	if err != nil {
		return "", err
	}
	address, _, err = a.onetime.URL(ctx, link.ID)
	return address, err
}

func (a *Accounts) find(ctx context.Context, address string) (db.User, error) {
	email, err := emailaddr.Parse(address)
	if err != nil {
		return db.User{}, err
	}
	user, err := a.queries.UserCredentials(ctx, a.db, email.Key())
	if errors.Is(err, pgx.ErrNoRows) {
		return db.User{}, &fault.Error{Kind: fault.NotFound, Code: "not_found", Message: "No account has the address " + email.String() + "."}
	}
	return user, err
}
