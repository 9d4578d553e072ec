package accounts

import (
	"context"

	"github.com/google/uuid"

	"stoa/db"
	"stoa/domain/audit"
	"stoa/domain/emailaddr"
	"stoa/domain/mailer"
	"stoa/domain/onetime"
	"stoa/domain/scope"
	"stoa/platform/pg"
)

// PasswordChange is the current password with the next.
type PasswordChange struct {
	Current  string
	Password string
}

// PasswordChanged is what a password change did.
type PasswordChanged struct {
	Token string // the new one of the acting browser session; "" for a token family, and where it ended meanwhile
	Ended int    // sign-ins that ended
}

// ChangePassword sets the acting person's password, ends their other sign-ins,
// their reset links and a change of address that waits, and gives the acting
// browser session a new token (ASVS 7.4.3, 7.2.4). A wrong current password, or
// a next one against the rules, is an Invalid fault.
func (a *Accounts) ChangePassword(ctx context.Context, sc scope.Scope, change PasswordChange) (PasswordChanged, error) {
	email, err := emailaddr.Parse(sc.User.Email)
	if err != nil {
		return PasswordChanged{}, err
	}
	// The rules first: a refused next password costs no hash and no try.
	if err := a.rules.Check(change.Password, email); err != nil {
		return PasswordChanged{}, err
	}
	user, err := a.Reauthenticate(ctx, sc, "current_password", change.Current)
	if err != nil {
		return PasswordChanged{}, err
	}
	hash, err := a.hasher.Hash(ctx, change.Password)
	if err != nil {
		return PasswordChanged{}, err
	}
	var done PasswordChanged
	err = a.db.Tx(ctx, func(tx *pg.Tx) error {
		if err := a.setPassword(ctx, tx, sc, user, hash); err != nil {
			return err
		}
		if done.Ended, err = a.sessions.EndAll(ctx, tx, sc, sc.User.ID, sc.Session); err != nil {
			return err
		}
		done.Token, err = a.sessions.RotateToken(ctx, tx, sc.Session)
		return err
	})
	return done, err
}

// setPassword replaces the very hash that was confirmed: of two changes at
// once only one wins.
func (a *Accounts) setPassword(ctx context.Context, tx *pg.Tx, sc scope.Scope, user db.User, hash string) error {
	n, err := a.queries.UserPasswordUpdate(ctx, tx, db.UserPasswordUpdateParams{
		ID: user.ID, PasswordHash: hash, OldHash: user.PasswordHash,
	})
	if err != nil {
		return err
	}
	if n == 0 {
		return a.changedMeanwhile(ctx, tx, user, "current_password")
	}
	return a.passwordChanged(ctx, tx, sc, toUser(user))
}

// passwordChanged takes back what somebody who knew the old password may have
// asked for: links that set another, and a change of address that waits. It
// records the change and tells the owner, who may not have been the one to make
// it (ASVS 6.3.7).
//
// Not taken back is what undoes a change: with the new address somebody who
// took the account over could reset its password, and keep it.
func (a *Accounts) passwordChanged(ctx context.Context, tx *pg.Tx, sc scope.Scope, p scope.User) error {
	if err := a.onetime.Void(ctx, tx, p.ID, uuid.Nil, onetime.ResetPassword, onetime.ConfirmEmail); err != nil {
		return err
	}
	if err := a.notify(ctx, tx, sc, mailer.PasswordChanged, p); err != nil {
		return err
	}
	return audit.Record(ctx, tx, sc, audit.Entry{Event: audit.PasswordChanged, User: p.ID})
}

// Delete deletes the acting person's account with everything they own, after
// their password, which the caller's form names field. Sign-ins end with it,
// their picture is deleted, and of letters only the one that tells of this still
// leaves.
func (a *Accounts) Delete(ctx context.Context, sc scope.Scope, field, password string) error {
	user, err := a.Reauthenticate(ctx, sc, field, password)
	if err != nil {
		return err
	}
	return a.db.Tx(ctx, func(tx *pg.Tx) error {
		n, err := a.queries.UserDelete(ctx, tx, db.UserDeleteParams{ID: user.ID, PasswordHash: user.PasswordHash})
		if err != nil {
			return err
		}
		if n == 0 {
			return a.changedMeanwhile(ctx, tx, user, field)
		}
		if err := a.mailer.DeleteUnsent(ctx, tx, sc.User.ID); err != nil {
			return err
		}
		if user.Avatar != nil { // a newer one, set at this very moment, is found by the sweep
			a.avatars.DeleteAfterCommit(ctx, tx, *user.Avatar)
		}
		// The letter belongs to nobody any more, or it would go with the account.
		former := toUser(user)
		former.ID = scope.UserID{}
		if err := a.notify(ctx, tx, sc, mailer.AccountDeleted, former); err != nil {
			return err
		}
		return audit.Record(ctx, tx, sc, audit.Entry{Event: audit.UserDeleted, User: sc.User.ID})
	})
}
