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
	"stoa/platform/fault"
	"stoa/platform/pg"
)

// Registration is a new account as typed.
type Registration struct {
	Name     string
	Email    string
	Password string
}

// CheckedRegistration is a registration that obeys the rules.
type CheckedRegistration struct {
	name     Name
	email    emailaddr.Address
	password string
}

// CheckRegistration returns the registration if it obeys the rules, and otherwise
// an Invalid fault with every refused field. It does not use the database, so the
// fault contains no information about other accounts.
func (a *Accounts) CheckRegistration(r Registration) (CheckedRegistration, error) {
	name, errName := ParseName(r.Name)
	email, errEmail := emailaddr.Parse(r.Email)
	errPassword := a.Rules.Check(r.Password, email)
	return CheckedRegistration{name, email, r.Password}, fault.Join(errName, errEmail, errPassword)
}

// HashedRegistration is a checked registration with its password hashed. Create
// stores it.
type HashedRegistration struct {
	CheckedRegistration
	hash string
}

// HashRegistration hashes the password. A hash is slow, so call it outside any
// transaction. It returns an Unavailable fault when too many hashes are waiting.
func (a *Accounts) HashRegistration(ctx context.Context, c CheckedRegistration) (HashedRegistration, error) {
	hash, err := a.Hasher.Hash(ctx, c.password)
	return HashedRegistration{c, hash}, err
}

// AuthenticateRepeated is Authenticate for a registration with a taken address. It
// returns the Conflict email_taken unless the account was created within the last minute
// with this password. An older account costs no hash and no attempt.
func (a *Accounts) AuthenticateRepeated(ctx context.Context, sc scope.Scope, r Registration) (Verified, error) {
	c, err := a.CheckRegistration(r)
	if err != nil {
		return Verified{}, err
	}
	row, err := a.queries.UserCredentials(ctx, a.DB, c.email.Key())
	if err != nil {
		return Verified{}, pg.NoRow(err, emailTaken()) // reserved
	}
	if time.Since(row.CreatedAt) > scope.RepeatedWithin {
		return Verified{}, emailTaken()
	}
	verified, err := a.Authenticate(ctx, sc, Attempt{Email: c.email, Password: c.password})
	if fault.Is(err, fault.Unauthenticated) {
		return Verified{}, emailTaken()
	}
	return verified, err
}

// Create stores the account in the caller's transaction and sends the user a link
// that verifies the address. It returns the Conflict email_taken for an address
// that another account has, or that is reserved for another user.
func (a *Accounts) Create(ctx context.Context, tx *pg.Tx, sc scope.Scope, h HashedRegistration) (scope.User, error) {
	row, err := a.queries.UserInsert(ctx, tx, db.UserInsertParams{
		ID: uuid.Must(uuid.NewV7()), Email: h.email.String(), EmailKey: h.email.Key(),
		Name: string(h.name), PasswordHash: h.hash,
	})
	if pg.Duplicate(err, "users_email_key") {
		return scope.User{}, emailTaken()
	}
	if err != nil {
		return scope.User{}, err
	}
	user := userrow.User(row)
	if err := a.checkNotReserved(ctx, tx, h.email, user.ID); err != nil {
		return scope.User{}, err
	}
	if err := a.sendLink(ctx, tx, sc, onetime.VerifyEmail, user, user.Email); err != nil {
		return scope.User{}, err
	}
	return user, audit.Record(ctx, tx, sc, audit.Entry{Event: eventRegistered, User: user.ID})
}
