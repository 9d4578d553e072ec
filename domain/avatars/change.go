package accounts

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"stoa/db"
	"stoa/domain/audit"
	"stoa/domain/scope"
	"stoa/platform/pg"
)

// ChangeAvatar makes a picture of the file, shows it as the acting person's and
// returns them as they are then. A file that cannot be taken is an Invalid fault
// of the field avatar, and changes nothing.
func (a *Accounts) ChangeAvatar(ctx context.Context, sc scope.Scope, file []byte) (scope.User, error) {
	name, err := a.avatars.Create(ctx, file)
	if err != nil {
		return scope.User{}, err
	}
	return a.setAvatar(ctx, sc, &name, func(tx *pg.Tx) error {
		if err := a.avatars.Assign(ctx, tx, sc.User.ID, name); err != nil {
			return err
		}
		return audit.Record(ctx, tx, sc, audit.Entry{Event: audit.AvatarChanged, User: sc.User.ID})
	})
}

// RemoveAvatar takes the acting person's picture away and returns them as they
// are then. Having none is no error.
func (a *Accounts) RemoveAvatar(ctx context.Context, sc scope.Scope) (scope.User, error) {
	return a.setAvatar(ctx, sc, nil, func(tx *pg.Tx) error {
		had, err := a.avatars.Unassign(ctx, tx, sc.User.ID)
		if err != nil || !had {
			return err
		}
		return audit.Record(ctx, tx, sc, audit.Entry{Event: audit.AvatarRemoved, User: sc.User.ID})
	})
}

// setAvatar writes which picture the person shows, which holds their row, and
// has the rest done in the same transaction.
func (a *Accounts) setAvatar(ctx context.Context, sc scope.Scope, name *string, rest func(*pg.Tx) error) (scope.User, error) {
	var changed scope.User
	err := a.db.Tx(ctx, func(tx *pg.Tx) error {
		row, err := a.queries.UserAvatarUpdate(ctx, tx, db.UserAvatarUpdateParams{ID: sc.User.ID.UUID, Avatar: name})
		if errors.Is(err, pgx.ErrNoRows) {
			return accountDeleted()
		}
		if err != nil {
			return err
		}
		changed = toUser(row)
		return rest(tx)
	})
	return changed, err
}
