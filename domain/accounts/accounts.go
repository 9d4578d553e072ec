// Package accounts is about the person: their account, profile, password and
// its end. Signing in is package signin's.
package accounts

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"stoa/db"
	"stoa/domain/audit"
	"stoa/domain/avatars"
	"stoa/domain/emailaddr"
	"stoa/domain/mailer"
	"stoa/domain/onetime"
	"stoa/domain/passwords"
	"stoa/domain/scope"
	"stoa/domain/sessions"
	"stoa/platform/fault"
	"stoa/platform/jobs"
	"stoa/platform/limit"
	"stoa/platform/pg"
	"stoa/platform/secret"
)

// Accounts makes, changes and closes accounts.
type Accounts struct {
	db       *pg.DB
	queries  *db.Queries
	sessions *sessions.Sessions
	avatars  *avatars.Avatars
	onetime  *onetime.Links
	mailer   *mailer.Mailer
	hasher   *secret.Hasher
	keys     *secret.Keys
	limits   *limit.Limits
	attempts limit.Limit
	queue    attemptQueue
	mail     MailLimits
	jobs     *jobs.Jobs
	rules    passwords.Rules
}

// Config is what accounts need from outside.
type Config struct {
	DB       *pg.DB
	Sessions *sessions.Sessions
	Avatars  *avatars.Avatars
	Onetime  *onetime.Links
	Mailer   *mailer.Mailer
	Hasher   *secret.Hasher
	Keys     *secret.Keys
	Limits   *limit.Limits
	Attempts limit.Limit // wrong passwords for one account
	Mail     MailLimits
	Jobs     *jobs.Jobs
	Rules    passwords.Rules
}

// MailLimits are how much mail can be asked for.
type MailLimits struct {
	Account limit.Limit // for one account
	Client  limit.Limit // from one client address
}

// New returns accounts on those parts.
func New(c Config) *Accounts {
	c.Attempts.Refundable = true // a right password gives its try back
	a := &Accounts{
		db: c.DB, queries: db.New(), sessions: c.Sessions, avatars: c.Avatars, onetime: c.Onetime, mailer: c.Mailer, hasher: c.Hasher,
		keys: c.Keys, limits: c.Limits, attempts: c.Attempts, mail: c.Mail, jobs: c.Jobs, rules: c.Rules,
	}
	jobs.Handle(c.Jobs, jobs.Handler[resetRequest]{Work: func(ctx context.Context, f resetRequest) error {
		return a.AnswerResetRequest(ctx, f.Request)
	}})
	return a
}

// MinPassword returns the shortest password allowed, in characters.
func (a *Accounts) MinPassword() int { return a.rules.MinLength }

// Registration is a new account as its owner typed it.
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

// CheckRegistration returns the registration if it obeys the rules, else an Invalid fault
// with every refused field. It asks no database: a refusal tells nothing about
// other accounts.
func (a *Accounts) CheckRegistration(r Registration) (CheckedRegistration, error) {
	name, errName := ParseName(r.Name)
	email, errEmail := emailaddr.Parse(r.Email)
	errPassword := a.rules.Check(r.Password, email)
	return CheckedRegistration{name, email, r.Password}, fault.Join(errName, errEmail, errPassword)
}

// HashedRegistration is a checked registration whose password is hashed: what Create
// stores.
type HashedRegistration struct {
	CheckedRegistration
	hash string
}

// HashRegistration hashes the password, outside any transaction since it takes long. It
// refuses with an Unavailable fault when too many wait.
func (a *Accounts) HashRegistration(ctx context.Context, c CheckedRegistration) (HashedRegistration, error) {
	hash, err := a.hasher.Hash(ctx, c.password)
	return HashedRegistration{c, hash}, err
}

// Create stores the account in the caller's transaction and sends its owner a
// link that verifies the address. A taken address is refused with the Conflict
// email_taken; so is one that its owner may still return to.
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
	p := toUser(row)
	if err := a.checkNotReserved(ctx, tx, h.email, p.ID); err != nil {
		return scope.User{}, err
	}
	if err := a.sendLink(ctx, tx, sc, onetime.VerifyEmail, p, p.Email); err != nil {
		return scope.User{}, err
	}
	return p, audit.Record(ctx, tx, sc, audit.Entry{Event: audit.UserRegistered, User: p.ID})
}

// ProfileChange has the fields to change; nil leaves one as it is.
type ProfileChange struct {
	Name *string
	Bio  *string
}

// ChangeProfile changes the acting person's name and bio and returns them as
// they are then. Refused fields come as an Invalid fault and change nothing.
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
	err := a.db.Tx(ctx, func(tx *pg.Tx) error {
		row, err := a.queries.UserProfileUpdate(ctx, tx, update)
		if errors.Is(err, pgx.ErrNoRows) {
			return accountDeleted()
		}
		if err != nil {
			return err
		}
		changed = toUser(row)
		return audit.Record(ctx, tx, sc, audit.Entry{Event: audit.UserUpdated, User: changed.ID})
	})
	return changed, err
}

func toUser(u db.User) scope.User {
	p := scope.User{
		ID: scope.UserID{UUID: u.ID}, Email: u.Email, EmailVerified: u.EmailVerifiedAt != nil,
		Name: u.Name, Bio: u.Bio, Admin: u.Admin, CreatedAt: u.CreatedAt, UpdatedAt: u.UpdatedAt,
	}
	if u.Avatar != nil {
		p.Avatar = *u.Avatar
	}
	return p
}

func emailTaken() error {
	return &fault.Error{
		Kind: fault.Conflict, Code: "email_taken", Message: "This email address has an account already.",
		Fields: []fault.Field{{Name: "email", Code: "email_taken", Message: "This email address has an account already. Sign in instead, or use another address."}},
	}
}

// changedMeanwhile is why nothing is done for somebody who confirmed their password,
// given in field, and whose row has it no more.
func (a *Accounts) changedMeanwhile(ctx context.Context, tx *pg.Tx, user db.User, field string) error {
	if _, err := a.queries.UserByID(ctx, tx, user.ID); errors.Is(err, pgx.ErrNoRows) {
		return accountDeleted()
	} else if err != nil {
		return err
	}
	return fault.InvalidField(field, "wrong_password", "The password was changed meanwhile. Try again.")
}

// accountDeleted is the answer to somebody whose account ended while they acted.
func accountDeleted() error {
	return &fault.Error{Kind: fault.Unauthenticated, Code: "invalid_token", Message: "This account is closed."}
}
