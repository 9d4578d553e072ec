package accounts

import (
	"context"

	"stoa/db"
	"stoa/domain/audit"
	"stoa/domain/internal/userrow"
	"stoa/domain/scope"
	"stoa/platform/fault"
	"stoa/platform/pg"
)

// Profile has the fields of a user that the user sets.
type Profile struct{ Name, Bio string }

// ChangeProfile calls edit with the acting user's profile, stores what edit changes,
// and returns the changed user. The row is locked meanwhile, so that no concurrent
// change is lost. ChangeProfile returns the error of edit, or an Invalid fault with
// the refused fields, and then changes nothing.
func (a *Accounts) ChangeProfile(ctx context.Context, sc scope.Scope, edit func(*Profile) error) (scope.User, error) {
	var changed scope.User
	err := a.DB.Tx(ctx, func(tx *pg.Tx) error {
		row, err := a.lock(ctx, tx, sc.User.ID)
		if err != nil {
			return err
		}
		stored := Profile{row.Name, row.Bio}
		profile, err := edited(stored, edit)
		if err != nil {
			return err
		}
		if profile != stored {
			row, err = a.updateProfile(ctx, tx, sc, profile)
		}
		changed = userrow.User(row)
		return err
	})
	return changed, err
}

// edited returns the profile as edit changes it, by the rules of its fields.
func edited(p Profile, edit func(*Profile) error) (Profile, error) {
	if err := edit(&p); err != nil {
		return Profile{}, err
	}
	name, errName := ParseName(p.Name)
	bio, errBio := ParseBio(p.Bio)
	return Profile{string(name), string(bio)}, fault.Join(errName, errBio)
}

func (a *Accounts) updateProfile(ctx context.Context, tx *pg.Tx, sc scope.Scope, p Profile) (db.User, error) {
	row, err := a.queries.UserProfileUpdate(ctx, tx, db.UserProfileUpdateParams{ID: sc.User.ID.UUID, Name: p.Name, Bio: p.Bio})
	if err != nil {
		return db.User{}, err
	}
	return row, audit.Record(ctx, tx, sc, audit.Entry{Event: eventUpdated, User: sc.User.ID})
}
