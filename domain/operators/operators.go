// Package operators has the verbs of operators. They do not authenticate the user
// of the account, so the handlers for users must not import this package;
// test/arch checks that.
package operators

import (
	"context"

	"github.com/google/uuid"

	"stoa/db"
	"stoa/domain/accounts"
	"stoa/domain/audit"
	"stoa/domain/internal/userrow"
	"stoa/domain/onetime"
	"stoa/domain/scope"
	"stoa/domain/sessions"
	"stoa/platform/fault"
	"stoa/platform/pg"
	"stoa/platform/signing"
)

// The security events of operators.
const (
	eventDisabled audit.Event = "user.disabled"
	eventEnabled  audit.Event = "user.enabled"
	eventPromoted audit.Event = "user.promoted"
)

func init() {
	audit.Describe(map[audit.Event]audit.Sentence{
		eventDisabled: {Text: "Account disabled by an operator"},
		eventEnabled:  {Text: "Account enabled by an operator"},
		eventPromoted: {Text: "You became an administrator"},
	})
}

// Config has the dependencies of Operators.
type Config struct {
	DB       *pg.DB
	Accounts *accounts.Accounts
	Sessions *sessions.Sessions
	Onetime  *onetime.Links
	Signer   *signing.Signer
}

// Operators changes the accounts of users for an operator.
type Operators struct {
	Config
	queries *db.Queries
}

// New returns Operators.
func New(c Config) *Operators { return &Operators{Config: c, queries: db.New()} }

// List returns up to count accounts with an id greater than after, oldest first.
func (o *Operators) List(ctx context.Context, after scope.UserID, count int) ([]accounts.Account, error) {
	rows, err := o.queries.UserPage(ctx, o.DB, db.UserPageParams{After: after.UUID, Count: int32(count)})
	list := make([]accounts.Account, len(rows))
	for i, row := range rows {
		list[i] = accounts.Account{User: userrow.User(row), Disabled: row.DisabledAt != nil}
	}
	return list, err
}

// Disable ends the sign-ins of the account and refuses new ones. It returns false
// when the account was disabled already, and a NotFound fault for an unknown
// address.
func (o *Operators) Disable(ctx context.Context, sc scope.Scope, address string) (bool, error) {
	return o.change(ctx, sc, address, eventDisabled, func(tx *pg.Tx, id uuid.UUID) (int64, error) {
		// The account comes first: a concurrent sign-in holds the lock of its row, and
		// the session that it opens must be committed before EndAll.
		changed, err := o.queries.UserDisable(ctx, tx, id)
		if err != nil {
			return 0, err
		}
		_, err = o.Sessions.EndAll(ctx, tx, sc, scope.UserID{UUID: id}, scope.SessionID{})
		return changed, err
	})
}

// Enable allows a disabled account to sign in again. It returns false when the
// account was not disabled.
func (o *Operators) Enable(ctx context.Context, sc scope.Scope, address string) (bool, error) {
	return o.change(ctx, sc, address, eventEnabled, func(tx *pg.Tx, id uuid.UUID) (int64, error) {
		return o.queries.UserEnable(ctx, tx, id)
	})
}

// Promote makes the account an instance administrator. It returns false when the
// account was one already.
func (o *Operators) Promote(ctx context.Context, sc scope.Scope, address string) (bool, error) {
	return o.change(ctx, sc, address, eventPromoted, func(tx *pg.Tx, id uuid.UUID) (int64, error) {
		return o.queries.UserPromote(ctx, tx, id)
	})
}

// change calls update with the account's id in a transaction, and records the
// event if update changed the row.
func (o *Operators) change(ctx context.Context, sc scope.Scope, address string, event audit.Event, update func(*pg.Tx, uuid.UUID) (int64, error)) (bool, error) {
	account, err := o.Accounts.ByEmail(ctx, address)
	if err != nil {
		return false, err
	}
	var changed int64
	err = o.DB.Tx(ctx, func(tx *pg.Tx) error {
		if changed, err = update(tx, account.ID.UUID); err != nil || changed == 0 {
			return err
		}
		return audit.Record(ctx, tx, sc, audit.Entry{Event: event, User: account.ID})
	})
	return changed > 0, err
}

// SetPassword sets the password of an account, ends all its sign-ins, and voids its
// reset links and a pending change of its email address. It replaces the password
// also when the user changes it at the same time. It returns an Invalid fault for
// a password that breaks the rules.
func (o *Operators) SetPassword(ctx context.Context, sc scope.Scope, address, password string) error {
	account, err := o.Accounts.ByEmail(ctx, address)
	if err != nil {
		return err
	}
	hashed, err := o.Accounts.HashPassword(ctx, account.Email, password)
	if err != nil {
		return err
	}
	return o.DB.Tx(ctx, func(tx *pg.Tx) error {
		_, err := o.Accounts.ReplacePassword(ctx, tx, sc, account.ID, hashed)
		return err
	})
}

// ResetLink returns a link by which the user of the account sets a new password,
// so that the operator does not learn one. It returns a Conflict fault for a
// disabled account.
func (o *Operators) ResetLink(ctx context.Context, sc scope.Scope, address string) (string, error) {
	account, err := o.Accounts.ByEmail(ctx, address)
	if err != nil {
		return "", err
	}
	if account.Disabled {
		return "", &fault.Error{Kind: fault.Conflict, Code: "disabled", Message: "This account is disabled. Enable it first."}
	}
	var link onetime.Link
	err = o.DB.Tx(ctx, func(tx *pg.Tx) error {
		if link, err = o.Onetime.Issue(ctx, tx, onetime.ResetPassword, account.ID, account.Email); err != nil {
			return err
		}
		return audit.Record(ctx, tx, sc, audit.Entry{Event: accounts.EventResetRequested, User: account.ID})
	})
	if err != nil {
		return "", err
	}
	url, _, err := o.Onetime.URL(ctx, link.ID)
	return url, err
}
