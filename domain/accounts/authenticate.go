package accounts

import (
	"context"
	"encoding/hex"
	"errors"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"stoa/db"
	"stoa/domain/audit"
	"stoa/domain/emailaddr"
	"stoa/domain/passwords"
	"stoa/domain/scope"
	"stoa/platform/fault"
	"stoa/platform/pg"
)

const refundTimeout = 5 * time.Second

// Attempt is one try at an account's password.
type Attempt struct {
	Email    emailaddr.Address
	Password string
	// Known names the browser or session that has been let into this account
	// before; "" is a stranger. A known one has a count of its own, so that
	// strangers who guess cannot lock the owner out (ASVS 6.3.1).
	Known string
}

// Verified is somebody who knew the password that their account had then.
type Verified struct {
	User scope.User
	hash string
}

// Authenticate returns the person whose password it is. Unknown address, wrong
// password and disabled account are refused alike with invalid_credentials,
// after one hash each; too many tries with a TooMany fault, before any hash.
func (a *Accounts) Authenticate(ctx context.Context, sc scope.Scope, g Attempt) (Verified, error) {
	user, err := a.queries.UserCredentials(ctx, a.db, g.Email.Key())
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return Verified{}, err
	}
	right, err := a.compare(ctx, g, &user)
	if err != nil {
		return Verified{}, err
	}
	if !right || user.DisabledAt != nil {
		return Verified{}, a.recordRefusal(ctx, sc, user, audit.SigninFailed)
	}
	return Verified{toUser(user), user.PasswordHash}, nil
}

// LockUser makes sure, until the caller's transaction ends, that what was proven
// still holds. The hash took its time: an account that was closed or disabled
// meanwhile, or has another password, is refused like a wrong one.
func (a *Accounts) LockUser(ctx context.Context, tx *pg.Tx, p Verified) error {
	_, err := a.queries.UserHold(ctx, tx, db.UserHoldParams{ID: p.User.ID.UUID, PasswordHash: p.hash})
	if errors.Is(err, pgx.ErrNoRows) {
		return wrongCredentials()
	}
	return err
}

// compare compares the password within the limits of the account. The try is
// counted before the hash and given back after a right password: so many at
// once cannot slip through between reading and counting.
func (a *Accounts) compare(ctx context.Context, g Attempt, user *db.User) (bool, error) {
	stranger := a.attemptKey(g.Email)
	key := stranger
	if g.Known != "" {
		key += ":" + g.Known
	}
	end, err := a.queue.take(ctx, key, func() error {
		_, err := a.limits.Take(ctx, a.attempts, key)
		return err
	})
	if err != nil {
		return false, err
	}
	given := false
	defer func() { end(given) }()
	right, stale, err := a.hasher.Compare(ctx, user.PasswordHash, g.Password)
	if err != nil || right && user.DisabledAt == nil {
		given = true
		err = errors.Join(err, a.refund(ctx, key))
	} else if key != stranger {
		_, err = a.limits.Take(ctx, a.attempts, stranger)
		if fault.Is(err, fault.TooMany) {
			err = nil // the known one's own count decides
		}
	}
	if err == nil && right && stale {
		a.rehash(ctx, user, g.Password)
	}
	return right, err
}

// refund takes back a try that was no wrong one, also for who has gone meanwhile.
func (a *Accounts) refund(ctx context.Context, key string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), refundTimeout)
	defer cancel()
	return a.limits.Refund(ctx, a.attempts, key)
}

// attemptKey keeps the address out of the table of counters.
func (a *Accounts) attemptKey(e emailaddr.Address) string {
	return hex.EncodeToString(a.keys.Sign("guess-limit", []byte(e.Key()))[:16])
}

// rehash renews a hash of another cost. A failure costs nothing but another
// try at the next sign-in.
func (a *Accounts) rehash(ctx context.Context, user *db.User, password string) {
	hash, err := a.hasher.Hash(ctx, password)
	var renewed int64
	if err == nil {
		renewed, err = a.queries.UserRehash(ctx, a.db, db.UserRehashParams{ID: user.ID, PasswordHash: hash, OldHash: user.PasswordHash})
	}
	if err != nil {
		slog.WarnContext(ctx, "password hash not renewed", "error", err)
	}
	if renewed == 1 {
		user.PasswordHash = hash
	}
}

// recordRefusal records the failure and returns the one answer for all its reasons.
func (a *Accounts) recordRefusal(ctx context.Context, sc scope.Scope, user db.User, event audit.Event) error {
	err := a.db.Tx(ctx, func(tx *pg.Tx) error {
		return audit.Record(ctx, tx, sc, audit.Entry{Event: event, User: scope.UserID{UUID: user.ID}})
	})
	if err != nil {
		return err
	}
	return wrongCredentials()
}

func wrongCredentials() error {
	return &fault.Error{
		Kind: fault.Unauthenticated, Code: "invalid_credentials",
		Message: "The email address or the password is wrong.",
	}
}

// Reauthenticate checks the acting person's current password, given in field, and
// returns their row. A wrong one is an error of that field.
func (a *Accounts) Reauthenticate(ctx context.Context, sc scope.Scope, field, password string) (db.User, error) {
	if err := passwords.CheckTyped(field, password); err != nil {
		return db.User{}, err
	}
	user, err := a.queries.UserByID(ctx, a.db, sc.User.ID.UUID)
	if errors.Is(err, pgx.ErrNoRows) {
		return db.User{}, accountDeleted()
	}
	if err != nil {
		return db.User{}, err
	}
	email, err := emailaddr.Parse(user.Email)
	if err != nil {
		return db.User{}, err
	}
	right, err := a.compare(ctx, Attempt{Email: email, Password: password, Known: sc.Session.String()}, &user)
	if err != nil || right {
		return user, err
	}
	if err := a.recordRefusal(ctx, sc, user, audit.PasswordRefused); !fault.Is(err, fault.Unauthenticated) {
		return db.User{}, err
	}
	return db.User{}, fault.InvalidField(field, "wrong_password", "This is not your current password. Try again.")
}
