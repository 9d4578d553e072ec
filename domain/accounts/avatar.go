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
func (a *Accounts) ChangeAvatar(ctx context.Context, sc scope.Scope, file []byte) (scope.Person, error) {
	name, err := a.avatars.Draw(ctx, file)
	if err != nil {
		return scope.Person{}, err
	}
	return a.showAvatar(ctx, sc, &name, func(tx *pg.Tx) error {
		if err := a.avatars.Give(ctx, tx, sc.Person.ID, name); err != nil {
			return err
		}
		return audit.Record(ctx, tx, sc, audit.Entry{Event: audit.AvatarChanged, User: sc.Person.ID})
	})
}

// RemoveAvatar takes the acting person's picture away and returns them as they
// are then. Having none is no error.
func (a *Accounts) RemoveAvatar(ctx context.Context, sc scope.Scope) (scope.Person, error) {
	return a.showAvatar(ctx, sc, nil, func(tx *pg.Tx) error {
		had, err := a.avatars.Release(ctx, tx, sc.Person.ID)
		if err != nil || !had {
			return err
		}
		return audit.Record(ctx, tx, sc, audit.Entry{Event: audit.AvatarRemoved, User: sc.Person.ID})
	})
}

// showAvatar writes which picture the person shows, which holds their row, and
// has the rest done in the same transaction.
func (a *Accounts) showAvatar(ctx context.Context, sc scope.Scope, name *string, rest func(*pg.Tx) error) (scope.Person, error) {
	var changed scope.Person
	err := a.db.Tx(ctx, func(tx *pg.Tx) error {
		row, err := a.queries.UserAvatarUpdate(ctx, tx, db.UserAvatarUpdateParams{ID: sc.Person.ID.UUID, Avatar: name})
		if errors.Is(err, pgx.ErrNoRows) {
			return gone()
		}
		if err != nil {
			return err
		}
		changed = person(row)
		return rest(tx)
	})
	return changed, err
}
