// Package signin has the doors: registration and sign-in. They check who comes
// and then open a browser session or issue API tokens.
package signin

import (
	"context"

	"stoa/domain/accounts"
	"stoa/domain/mailer"
	"stoa/domain/scope"
	"stoa/domain/sessions"
	"stoa/platform/fault"
	"stoa/platform/limit"
	"stoa/platform/pg"
	"stoa/platform/secret"
)

// Doors lets people in.
type Doors struct {
	db       *pg.DB
	accounts *accounts.Accounts
	sessions *sessions.Sessions
	letters  *mailer.Letters
	keys     *secret.Keys
	limits   *limit.Limits
	register limit.Limit
	login    limit.Limit
	tell     func(result string)
}

// Config is what the doors need from outside.
type Config struct {
	DB       *pg.DB
	Accounts *accounts.Accounts
	Sessions *sessions.Sessions
	Letters  *mailer.Letters
	Keys     *secret.Keys
	Limits   *limit.Limits
	Register limit.Limit         // per client address
	Login    limit.Limit         // per client address, browser and API together
	Tried    func(result string) // if any, told the result of each try to sign in
}

// New returns doors on those parts.
func New(c Config) *Doors {
	return &Doors{c.DB, c.Accounts, c.Sessions, c.Letters, c.Keys, c.Limits, c.Register, c.Login, c.Tried}
}

// Way is what a door opens to.
type Way int

// The ways in.
const (
	Browser    Way = iota // a session of the usual length
	Remembered            // a session that outlasts the browser
	API                   // a pair of tokens
)

// Entered is somebody who came in, with a session or a pair by their way.
type Entered struct {
	Person  scope.Person
	Session sessions.Opened
	Pair    sessions.Pair
}

// Register makes an account and lets its owner in. It refuses bad input with
// an Invalid fault before anything is counted, too many registrations from one
// address with TooMany, and a taken address with the Conflict email_taken.
func (d *Doors) Register(ctx context.Context, sc scope.Scope, r accounts.Registration, way Way) (Entered, error) {
	checked, err := d.accounts.Check(r)
	if err != nil {
		return Entered{}, err
	}
	if _, err := d.limits.Take(ctx, d.register, sc.Request.Client); err != nil {
		return Entered{}, err
	}
	hashed, err := d.accounts.Hash(ctx, checked)
	if err != nil {
		return Entered{}, err
	}
	var in Entered
	err = d.open(ctx, way, func(tx *pg.Tx) error {
		p, err := d.accounts.Create(ctx, tx, sc, hashed)
		if err != nil {
			return err
		}
		in, err = d.enter(ctx, tx, sc, p, way)
		return err
	})
	return in, err
}

// Credentials are what somebody types to sign in, and the device cookie their
// browser sent along.
type Credentials struct {
	Email    string
	Password string
	Device   string
}

// SignIn lets somebody in. Unknown, wrong and disabled are refused alike with
// invalid_credentials; too many tries, from one address or at one account,
// with TooMany.
func (d *Doors) SignIn(ctx context.Context, sc scope.Scope, c Credentials, way Way) (Entered, error) {
	in, err := d.signIn(ctx, sc, c, way)
	d.tried(err)
	return in, err
}

func (d *Doors) signIn(ctx context.Context, sc scope.Scope, c Credentials, way Way) (Entered, error) {
	email, err := wellFormed(c)
	if err != nil {
		return Entered{}, err
	}
	if _, err := d.limits.Take(ctx, d.login, sc.Request.Client); err != nil {
		return Entered{}, err
	}
	device := d.known(c.Device, email)
	proven, err := d.accounts.Authenticate(ctx, sc, accounts.Guess{Email: email, Password: c.Password, Known: device})
	if err != nil {
		return Entered{}, err
	}
	var in Entered
	err = d.open(ctx, way, func(tx *pg.Tx) error {
		if err := d.accounts.Hold(ctx, tx, proven); err != nil {
			return err
		}
		if err := d.tellOfNew(ctx, tx, sc, proven.Person, way, device); err != nil {
			return err
		}
		in, err = d.enter(ctx, tx, sc, proven.Person, way)
		return err
	})
	return in, err
}

func wellFormed(c Credentials) (accounts.Email, error) {
	email, errEmail := accounts.ParseEmail(c.Email)
	return email, fault.Join(errEmail, accounts.CheckTyped("password", c.Password))
}

// open runs the transaction that lets somebody in. What signs their tokens is
// read before it: whoever holds one connection and waits for another may wait
// for those who do the same.
func (d *Doors) open(ctx context.Context, way Way, do func(*pg.Tx) error) error {
	if way == API {
		if err := d.sessions.Prepare(ctx); err != nil {
			return err
		}
	}
	return d.db.Tx(ctx, do)
}

func (d *Doors) enter(ctx context.Context, tx *pg.Tx, sc scope.Scope, p scope.Person, way Way) (in Entered, err error) {
	in.Person = p
	if way == API {
		in.Pair, err = d.sessions.Issue(ctx, tx, sc, p)
	} else {
		in.Session, err = d.sessions.Open(ctx, tx, sc, p, way == Remembered)
	}
	return in, err
}
