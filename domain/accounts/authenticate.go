package accounts

import (
	"context"
	"encoding/hex"
	"errors"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"stoa/db"
	"stoa/domain/audit"
	"stoa/domain/emailaddr"
	"stoa/domain/internal/userrow"
	"stoa/domain/scope"
	"stoa/platform/fair"
	"stoa/platform/fault"
	"stoa/platform/pg"
)

// Attempt is one attempt at the password of an account.
type Attempt struct {
	Email    emailaddr.Address
	Password string
	// Known names a browser or session that has signed in to this account before;
	// it is "" for an unknown client. A known client has a count of its own, so
	// that attempts of unknown clients cannot lock the user out (ASVS 6.3.1).
	Known string
	// KnownSince is when the browser was marked as known. A new password ends the marks
	// from before it, which an attacker's browser may have.
	KnownSince time.Time
}

// Verified is a user after a correct password.
type Verified struct {
	User  scope.User
	Known bool // as in Attempt, and marked since the newest password
	hash  string
}

// Authenticate returns the user of the address if the password is correct. It
// returns the fault invalid_credentials for an unknown address, a wrong password
// and a disabled account, after one hash in each case. It returns a TooMany fault
// for too many attempts, before any hash.
func (a *Accounts) Authenticate(ctx context.Context, sc scope.Scope, attempt Attempt) (Verified, error) {
	row, err := a.queries.UserCredentials(ctx, a.DB, attempt.Email.Key())
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return Verified{}, err
	}
	if row.PasswordSetAt != nil && attempt.KnownSince.Before(*row.PasswordSetAt) {
		attempt.Known = ""
	}
	correct, err := a.compare(ctx, attempt, &row)
	if err != nil {
		return Verified{}, err
	}
	if !correct || row.DisabledAt != nil {
		return Verified{}, a.recordRefusal(ctx, sc, row, EventSigninFailed)
	}
	return Verified{userrow.User(row), attempt.Known != "", row.PasswordHash}, nil
}

// LockUser locks the user's row until the caller's transaction ends, and checks
// that the verified password is still valid. Hashing takes time: when the account
// was deleted, disabled or given another password in the meantime, LockUser
// returns the same fault as for a wrong password.
func (a *Accounts) LockUser(ctx context.Context, tx *pg.Tx, v Verified) error {
	_, err := a.queries.UserHold(ctx, tx, db.UserHoldParams{ID: v.User.ID.UUID, PasswordHash: v.hash})
	return pg.NoRow(err, wrongCredentials())
}

// compare compares the password within the limits of the account. Only a failure
// counts. Concurrent attempts may all pass the check before the hash, so the same
// atomic statement decides again after it: once the limit is reached, a correct and
// a wrong password are refused alike, and a guess learns nothing.
func (a *Accounts) compare(ctx context.Context, attempt Attempt, row *db.User) (bool, error) {
	unknown := a.attemptKey(attempt.Email)
	key := unknown
	if attempt.Known != "" {
		key += ":" + attempt.Known
	}
	if err := a.Limits.Check(ctx, a.Attempts, key); err != nil {
		return false, err
	}
	correct, stale, err := a.Hasher.Compare(ctx, row.PasswordHash, attempt.Password)
	if err != nil {
		return false, err
	}
	if !correct || row.DisabledAt != nil {
		return correct, a.countFailure(ctx, key, unknown)
	}
	if err := a.Limits.Check(ctx, a.Attempts, key); err != nil {
		return false, err
	}
	if stale {
		a.rehash(ctx, row, attempt.Password)
	}
	return true, nil
}

// countFailure counts a failure of a client. A failure of a known client also counts
// for the unknown ones, but their limit does not refuse a known client.
func (a *Accounts) countFailure(ctx context.Context, key, unknown string) error {
	if _, err := a.Limits.Take(ctx, a.Attempts, key); err != nil || key == unknown {
		return err
	}
	_, err := a.Limits.Take(ctx, a.Attempts, unknown)
	if fault.Is(err, fault.TooMany) {
		return nil
	}
	return err
}

// attemptKey returns the key of an account's attempts. It is a MAC, so that the
// table of limits does not contain the address.
func (a *Accounts) attemptKey(email emailaddr.Address) string {
	return hex.EncodeToString(a.Keys.Sign("guess-limit", []byte(email.Key()))[:16])
}

// rehash replaces a hash of another cost. A failure is only logged: the next
// sign-in tries again.
func (a *Accounts) rehash(ctx context.Context, row *db.User, password string) {
	hash, err := a.Hasher.Hash(ctx, password)
	var renewed int64
	if err == nil {
		renewed, err = a.queries.UserRehash(ctx, a.DB, db.UserRehashParams{ID: row.ID, PasswordHash: hash, OldHash: row.PasswordHash})
	}
	if err != nil {
		slog.WarnContext(ctx, "password hash not renewed", "error", err)
	}
	if renewed == 1 {
		row.PasswordHash = hash
	}
}

// recordRefusal records the failure and returns the same fault for every reason.
func (a *Accounts) recordRefusal(ctx context.Context, sc scope.Scope, row db.User, event audit.Event) error {
	if row.ID != uuid.Nil { // the entry waits for a locked account: its guesses have one share
		ctx = fair.With(ctx, fair.User(row.ID.String()))
	}
	err := a.DB.Tx(ctx, func(tx *pg.Tx) error {
		return audit.Record(ctx, tx, sc, audit.Entry{Event: event, User: scope.UserID{UUID: row.ID}})
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
