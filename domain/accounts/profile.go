package accounts

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"stoa/db"
	"stoa/domain/audit"
	"stoa/domain/internal/userrow"
	"stoa/domain/scope"
	"stoa/platform/fault"
	"stoa/platform/pg"
)

// ProfileChange has the fields to change; a nil field stays as it is.
type ProfileChange struct {
	Name *string
	Bio  *string
}

// ChangeProfile changes the acting user's name and bio, and returns the changed
// user. It returns an Invalid fault with the refused fields, and then changes
// nothing.
func (a *Accounts) ChangeProfile(ctx context.Context, sc scope.Scope, change ProfileChange) (scope.User, error) {
	update := db.UserProfileUpdateParams{ID: sc.User.ID.UUID}
	var errName, errBio error
	if change.Name != nil {
		var name Name
		name, errName = ParseName(*change.Name)
		update.Name = (*string)(&name)
	}
	if change.Bio != nil {
		var bio Bio
		bio, errBio = ParseBio(*change.Bio)
		update.Bio = (*string)(&bio)
	}
	if err := fault.Join(errName, errBio); err != nil {
		return scope.User{}, err
	}
	if change == (ProfileChange{}) {
		return *sc.User, nil
	}
	var changed scope.User
	err := a.DB.Tx(ctx, func(tx *pg.Tx) error {
		row, err := a.queries.UserProfileUpdate(ctx, tx, update)
		if errors.Is(err, pgx.ErrNoRows) {
			return Deleted()
		}
		if err != nil {
			return err
		}
		changed = userrow.User(row)
		return audit.Record(ctx, tx, sc, audit.Entry{Event: eventUpdated, User: changed.ID})
	})
	return changed, err
}
