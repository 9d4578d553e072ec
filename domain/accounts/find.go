package accounts

import (
	"context"

	"stoa/domain/emailaddr"
	"stoa/domain/internal/userrow"
	"stoa/domain/scope"
	"stoa/platform/fault"
	"stoa/platform/pg"
)

// Account is a user with the state of their account, as shown to operators.
type Account struct {
	scope.User
	Disabled bool
}

// ByEmail returns the account of an email address, or a NotFound fault.
func (a *Accounts) ByEmail(ctx context.Context, address string) (Account, error) {
	email, err := emailaddr.Parse(address)
	if err != nil {
		return Account{}, err
	}
	row, err := a.queries.UserCredentials(ctx, a.DB, email.Key())
	none := &fault.Error{Kind: fault.NotFound, Code: "not_found", Message: "No account has the address " + address + "."}
	return Account{userrow.User(row), row.DisabledAt != nil}, pg.NoRow(err, none)
}

// Exists reports whether the user has an account, which may be disabled.
func (a *Accounts) Exists(ctx context.Context, id scope.UserID) (bool, error) {
	_, err := a.queries.UserByID(ctx, a.DB, id.UUID)
	return err == nil, pg.NoRow(err, nil)
}
