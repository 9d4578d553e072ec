package accounts

import (
	"context"

	"stoa/domain/scope"
	"stoa/platform/pg"
)

// Export returns the acting user as scope.User, for personaldata.
func (a *Accounts) Export(_ context.Context, _ *pg.Tx, sc scope.Scope) (any, error) {
	return *sc.User, nil
}

// Erase deletes the acting user's row, for personaldata. Foreign keys delete the
// sign-ins and links with it.
func (a *Accounts) Erase(ctx context.Context, tx *pg.Tx, sc scope.Scope) error {
	return a.queries.UserDelete(ctx, tx, sc.User.ID.UUID)
}
