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
	"stoa/domain/mailer"
	"stoa/domain/onetime"
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
	links    *onetime.Links
	letters  *mailer.Letters
	hasher   *secret.Hasher
	keys     *secret.Keys
	limits   *limit.Limits
	guesses  limit.Limit
	turns    turns
	mail     MailLimits
	jobs     *jobs.Jobs
	rules    PasswordRules
}

// Config is what accounts need from outside.
type Config struct {
	DB       *pg.DB
	Sessions *sessions.Sessions
	Avatars  *avatars.Avatars
	Links    *onetime.Links
	Letters  *mailer.Letters
	Hasher   *secret.Hasher
	Keys     *secret.Keys
	Limits   *limit.Limits
	Guesses  limit.Limit // wrong passwords for one account
	Mail     MailLimits
	Jobs     *jobs.Jobs
	Rules    PasswordRules
}

// MailLimits are how much mail can be asked for.
type MailLimits struct {
	Account limit.Limit // for one account
	Client  limit.Limit // from one client address
}

// New returns accounts on those parts.
func New(c Config) *Accounts {
	c.Guesses.Refundable = true // a right password gives its try back
	a := &Accounts{
		db: c.DB, queries: db.New(), sessions: c.Sessions, avatars: c.Avatars, links: c.Links, letters: c.Letters, hasher: c.Hasher,
		keys: c.Keys, limits: c.Limits, guesses: c.Guesses, mail: c.Mail, jobs: c.Jobs, rules: c.Rules,
	}
	jobs.Handle(c.Jobs, jobs.Handler[forgotten]{Work: func(ctx context.Context, f forgotten) error {
		return a.AnswerForgotten(ctx, f.Request)
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

// Checked is a registration that obeys the rules.
type Checked struct {
	name     Name
	email    Email
	password string
}

// Check returns the registration if it obeys the rules, else an Invalid fault
// with every refused field. It asks no database: a refusal tells nothing about
// other accounts.
func (a *Accounts) Check(r Registration) (Checked, error) {
	name, errName := ParseName(r.Name)
	email, errEmail := ParseEmail(r.Email)
	errPassword := a.rules.Check(r.Password, email)
	return Checked{name, email, r.Password}, fault.Join(errName, errEmail, errPassword)
}

// Hashed is a checked registration whose password is hashed: what Create
// stores.
type Hashed struct {
	Checked
	hash string
}

// Hash hashes the password, outside any transaction since it takes long. It
// refuses with an Unavailable fault when too many wait.
func (a *Accounts) Hash(ctx context.Context, c Checked) (Hashed, error) {
	hash, err := a.hasher.Hash(ctx, c.password)
	return Hashed{c, hash}, err
}

// Create stores the account in the caller's transaction and sends its owner a
// link that verifies the address. A taken address is refused with the Conflict
// email_taken; so is one that its owner may still return to.
func (a *Accounts) Create(ctx context.Context, tx *pg.Tx, sc scope.Scope, h Hashed) (scope.Person, error) {
	row, err := a.queries.UserInsert(ctx, tx, db.UserInsertParams{
		ID: uuid.Must(uuid.NewV7()), Email: h.email.String(), EmailKey: h.email.Key(),
		Name: string(h.name), PasswordHash: h.hash,
	})
	if pg.Duplicate(err, "users_email_key") {
		return scope.Person{}, emailTaken()
	}
	if err != nil {
		return scope.Person{}, err
	}
	p := person(row)
	if err := a.notHeld(ctx, tx, h.email, p.ID); err != nil {
		return scope.Person{}, err
	}
	if err := a.sendLink(ctx, tx, sc, onetime.Verify, p, p.Email); err != nil {
		return scope.Person{}, err
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
func (a *Accounts) ChangeProfile(ctx context.Context, sc scope.Scope, change ProfileChange) (scope.Person, error) {
	update := db.UserProfileUpdateParams{ID: sc.Person.ID.UUID}
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
		return scope.Person{}, err
	}
	if change == (ProfileChange{}) {
		return *sc.Person, nil
	}
	var changed scope.Person
	err := a.db.Tx(ctx, func(tx *pg.Tx) error {
		row, err := a.queries.UserProfileUpdate(ctx, tx, update)
		if errors.Is(err, pgx.ErrNoRows) {
			return gone()
		}
		if err != nil {
			return err
		}
		changed = person(row)
		return audit.Record(ctx, tx, sc, audit.Entry{Event: audit.UserUpdated, User: changed.ID})
	})
	return changed, err
}

func person(u db.User) scope.Person {
	p := scope.Person{
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

// overtaken is why nothing is done for somebody who confirmed their password,
// given in field, and whose row has it no more.
func (a *Accounts) overtaken(ctx context.Context, tx *pg.Tx, user db.User, field string) error {
	if _, err := a.queries.UserByID(ctx, tx, user.ID); errors.Is(err, pgx.ErrNoRows) {
		return gone()
	} else if err != nil {
		return err
	}
	return fault.InvalidField(field, "wrong_password", "The password was changed meanwhile. Try again.")
}

// gone is the answer to somebody whose account ended while they acted.
func gone() error {
	return &fault.Error{Kind: fault.Unauthenticated, Code: "invalid_token", Message: "This account is closed."}
}
