package accounts

import (
	"context"
	"time"

	"github.com/google/uuid"

	"stoa/db"
	"stoa/domain/audit"
	"stoa/domain/emailaddr"
	"stoa/domain/internal/userrow"
	"stoa/domain/onetime"
	"stoa/domain/scope"
	"stoa/platform/pg"
)

// PasswordChange is the current password and the new one.
type PasswordChange struct {
	Current  string
	Password string
}

// PasswordChanged is the result of ChangePassword.
type PasswordChanged struct {
	Token string // the new token of the acting browser session; "" for a token family, and for a session that has ended
	Ended int    // how many sign-ins ended
}

// ChangePassword sets the acting user's password, ends their other sign-ins, voids
// their reset links and a pending change of their email address, and gives the
// acting browser session a new token (ASVS 7.4.3, 7.2.4). It returns an Invalid
// fault for a wrong current password, and for a new password that breaks the
// rules.
func (a *Accounts) ChangePassword(ctx context.Context, sc scope.Scope, change PasswordChange) (PasswordChanged, error) {
	email, err := emailaddr.Parse(sc.User.Email)
	if err != nil {
		return PasswordChanged{}, err
	}
	// The rules come first: a refused new password costs no hash and no attempt.
	if err := a.Rules.Check(change.Password, email); err != nil {
		return PasswordChanged{}, err
	}
	r, err := a.Reauthenticate(ctx, sc, "current_password", change.Current)
	if err != nil {
		return PasswordChanged{}, err
	}
	hash, err := a.Hasher.Hash(ctx, change.Password)
	if err != nil {
		return PasswordChanged{}, err
	}
	notify, err := a.MayNotify(ctx, r.User)
	if err != nil {
		return PasswordChanged{}, err
	}
	var done PasswordChanged
	err = a.DB.Tx(ctx, func(tx *pg.Tx) error {
		if err := a.setPassword(ctx, tx, sc, r, hash, notify); err != nil {
			return err
		}
		if done.Ended, err = a.Sessions.EndAll(ctx, tx, sc, sc.User.ID, sc.Session); err != nil {
			return err
		}
		done.Token, err = a.Sessions.RotateToken(ctx, tx, sc)
		return err
	})
	return done, err
}

// setPassword replaces the hash of the password that was checked: only one of two
// concurrent changes succeeds.
func (a *Accounts) setPassword(ctx context.Context, tx *pg.Tx, sc scope.Scope, r Reauthenticated, hash string, notify bool) error {
	n, err := a.queries.UserPasswordUpdate(ctx, tx, db.UserPasswordUpdateParams{
		ID: r.User.ID.UUID, PasswordHash: hash, OldHash: r.hash, PasswordSetAt: passwordSetAt(),
	})
	if err != nil {
		return err
	}
	if n == 0 {
		if _, err := a.lock(ctx, tx, r.User.ID); err != nil {
			return err
		}
		return changedMeanwhile(r.field)
	}
	return a.passwordChanged(ctx, tx, sc, r.User, notify)
}

// passwordSetAt returns the time of a new password. It is of the clock that marks the
// browser in which the password is set, right after that, in microseconds like the
// marks; see Attempt.
func passwordSetAt() *time.Time {
	now := time.Now().Truncate(time.Microsecond)
	return &now
}

// HashedPassword is the hash of a password that obeys the rules.
type HashedPassword struct{ hash string }

// HashPassword checks a new password for the account of the email address, and
// hashes it. A hash is slow, so call HashPassword outside any transaction. It
// returns an Invalid fault for a password that breaks the rules.
func (a *Accounts) HashPassword(ctx context.Context, address, password string) (HashedPassword, error) {
	email, err := emailaddr.Parse(address)
	if err != nil {
		return HashedPassword{}, err
	}
	if err := a.Rules.Check(password, email); err != nil {
		return HashedPassword{}, err
	}
	hash, err := a.Hasher.Hash(ctx, password)
	return HashedPassword{hash}, err
}

// ReplacePassword sets the user's password in the caller's transaction and ends
// all their sign-ins. It does not check the old password: the caller has consumed
// a reset link of the user, or acts for an operator.
//
// The update of the row comes first and waits for its lock: a sign-in or a change
// by the user that has the lock commits before EndAll, and a later one finds
// another hash and is refused. So a concurrent change by the user does not
// survive, and leaves no session.
func (a *Accounts) ReplacePassword(ctx context.Context, tx *pg.Tx, sc scope.Scope, user scope.UserID, password HashedPassword) (PasswordReset, error) {
	row, err := a.queries.UserPasswordReset(ctx, tx, db.UserPasswordResetParams{ID: user.UUID, PasswordHash: password.hash, PasswordSetAt: passwordSetAt()})
	if err != nil {
		return PasswordReset{}, pg.NoRow(err, Deleted())
	}
	done := PasswordReset{User: userrow.User(row)}
	if done.Ended, err = a.Sessions.EndAll(ctx, tx, sc, user, scope.SessionID{}); err != nil {
		return PasswordReset{}, err
	}
	return done, a.passwordChanged(ctx, tx, sc, done.User, true)
}

// passwordChanged voids links that an attacker with the old password may have
// requested: reset links and a pending change of the email address. It records
// the change and, with notify, notifies the user, who may not have made it (ASVS 6.3.7).
//
// It does not void links that undo a change of the address: after a takeover, the
// attacker could reset the password by the new address, and the undo link is the
// user's way to prevent that.
func (a *Accounts) passwordChanged(ctx context.Context, tx *pg.Tx, sc scope.Scope, user scope.User, notify bool) error {
	if err := a.Onetime.Void(ctx, tx, user.ID, uuid.Nil, onetime.ResetPassword, onetime.ConfirmEmail); err != nil {
		return err
	}
	if notify {
		if err := a.notify(ctx, tx, sc, KindPasswordChanged, user); err != nil {
			return err
		}
	}
	return audit.Record(ctx, tx, sc, audit.Entry{Event: eventPasswordChanged, User: user.ID})
}
