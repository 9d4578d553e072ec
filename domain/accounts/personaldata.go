package accounts

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"stoa/domain/internal/userrow"
	"stoa/domain/scope"
	"stoa/platform/pg"
)

// Export returns the acting user as scope.User, for personaldata.
func (a *Accounts) Export(ctx context.Context, tx *pg.Tx, sc scope.Scope) (any, error) {
	row, err := a.queries.UserByID(ctx, tx, sc.User.ID.UUID)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, Deleted()
	}
	return userrow.User(row), err
}

// Erase deletes the acting user's row, for personaldata. Foreign keys delete the
// sign-ins and links with it.
func (a *Accounts) Erase(ctx context.Context, tx *pg.Tx, sc scope.Scope) error {
	return a.queries.UserDelete(ctx, tx, sc.User.ID.UUID)
}
