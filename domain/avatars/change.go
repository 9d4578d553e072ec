package avatars

import (
	"context"

	"stoa/db"
	"stoa/domain/accounts"
	"stoa/domain/audit"
	"stoa/domain/internal/userrow"
	"stoa/domain/scope"
	"stoa/platform/pg"
)

// The security events of avatars.
const (
	eventChanged audit.Event = "avatar.changed"
	eventRemoved audit.Event = "avatar.removed"
)

func init() {
	audit.Describe(map[audit.Event]audit.Sentence{
		eventChanged: {Text: "Picture changed"},
		eventRemoved: {Text: "Picture removed"},
	})
}

// Change makes a picture of the file, assigns it to the acting user, and returns
// the changed user. It returns an Invalid fault of Field for a file that is not a
// supported picture, and then changes nothing.
func (a *Avatars) Change(ctx context.Context, sc scope.Scope, file []byte) (scope.User, error) {
	name, err := a.Create(ctx, file)
	if err != nil {
		return scope.User{}, err
	}
	return a.set(ctx, sc, &name, func(tx *pg.Tx) error {
		if err := a.assign(ctx, tx, sc.User.ID, name); err != nil {
			return err
		}
		return audit.Record(ctx, tx, sc, audit.Entry{Event: eventChanged, User: sc.User.ID})
	})
}

// Remove removes the acting user's picture and returns the changed user. It does
// nothing for a user without one.
func (a *Avatars) Remove(ctx context.Context, sc scope.Scope) (scope.User, error) {
	return a.set(ctx, sc, nil, func(tx *pg.Tx) error {
		removed, err := a.unassign(ctx, tx, sc.User.ID)
		if err != nil || !removed {
			return err
		}
		return audit.Record(ctx, tx, sc, audit.Entry{Event: eventRemoved, User: sc.User.ID})
	})
}

// set stores the name of the user's picture, which locks the user's row, and calls
// rest in the same transaction.
func (a *Avatars) set(ctx context.Context, sc scope.Scope, name *string, rest func(*pg.Tx) error) (scope.User, error) {
	var changed scope.User
	err := a.DB.Tx(ctx, func(tx *pg.Tx) error {
		row, err := a.queries.UserAvatarUpdate(ctx, tx, db.UserAvatarUpdateParams{ID: sc.User.ID.UUID, Avatar: name})
		if err != nil {
			return pg.NoRow(err, accounts.Deleted())
		}
		changed = userrow.User(row)
		return rest(tx)
	})
	return changed, err
}

// Erase deletes the acting user's picture after the commit, for personaldata. The
// caller's transaction holds the lock of the user's row.
func (a *Avatars) Erase(ctx context.Context, tx *pg.Tx, sc scope.Scope) error {
	if sc.User.Avatar == "" {
		return nil
	}
	_, err := a.unassign(ctx, tx, sc.User.ID)
	return err
}
