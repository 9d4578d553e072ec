// Package signin has the doors: registration and sign-in. They check who comes
// and then open a browser session or issue API tokens.
package signin

import (
	"context"

	"stoa/domain/accounts"
	"stoa/domain/emailaddr"
	"stoa/domain/mailer"
	"stoa/domain/passwords"
	"stoa/domain/scope"
	"stoa/domain/sessions"
	"stoa/platform/fault"
	"stoa/platform/limit"
	"stoa/platform/pg"
	"stoa/platform/secret"
)

// Authenticator lets people in.
type Authenticator struct {
	db       *pg.DB
	accounts *accounts.Accounts
	sessions *sessions.Sessions
	mailer   *mailer.Mailer
	keys     *secret.Keys
	limits   *limit.Limits
	register limit.Limit
	login    limit.Limit
	observe  func(result string)
}

// Config is what the doors need from outside.
type Config struct {
	DB       *pg.DB
	Accounts *accounts.Accounts
	Sessions *sessions.Sessions
	Mailer   *mailer.Mailer
	Keys     *secret.Keys
	Limits   *limit.Limits
	Register limit.Limit         // per client address
	Login    limit.Limit         // per client address, browser and API together
	Observe  func(result string) // if any, told the result of each try to sign in
}

// New returns doors on those parts.
func New(c Config) *Authenticator {
	return &Authenticator{c.DB, c.Accounts, c.Sessions, c.Mailer, c.Keys, c.Limits, c.Register, c.Login, c.Observe}
}

// Mode is what a door opens to.
type Mode int

// The ways in.
const (
	Browser    Mode = iota // a session of the usual length
	Remembered             // a session that outlasts the browser
	API                    // a pair of tokens
)

// Result is somebody who came in, with a session or a pair by their way.
type Result struct {
	User    scope.User
	Session sessions.Opened
	Pair    sessions.Pair
}

// Register makes an account and lets its owner in. It refuses bad input with
// an Invalid fault before anything is counted, too many registrations from one
// address with TooMany, and a taken address with the Conflict email_taken.
func (d *Authenticator) Register(ctx context.Context, sc scope.Scope, r accounts.Registration, way Mode) (Result, error) {
	checked, err := d.accounts.CheckRegistration(r)
	if err != nil {
		return Result{}, err
	}
	if _, err := d.limits.Take(ctx, d.register, sc.Request.Client); err != nil {
		return Result{}, err
	}
	hashed, err := d.accounts.HashRegistration(ctx, checked)
	if err != nil {
		return Result{}, err
	}
	var in Result
	err = d.inTx(ctx, way, func(tx *pg.Tx) error {
		p, err := d.accounts.Create(ctx, tx, sc, hashed)
		if err != nil {
			return err
		}
		in, err = d.openSession(ctx, tx, sc, p, way)
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
func (d *Authenticator) SignIn(ctx context.Context, sc scope.Scope, c Credentials, way Mode) (Result, error) {
	in, err := d.signIn(ctx, sc, c, way)
	d.report(err)
	return in, err
}

func (d *Authenticator) signIn(ctx context.Context, sc scope.Scope, c Credentials, way Mode) (Result, error) {
	email, err := checkCredentials(c)
	if err != nil {
		return Result{}, err
	}
	if _, err := d.limits.Take(ctx, d.login, sc.Request.Client); err != nil {
		return Result{}, err
	}
	device := d.knownDevice(c.Device, email)
	proven, err := d.accounts.Authenticate(ctx, sc, accounts.Attempt{Email: email, Password: c.Password, Known: device})
	if err != nil {
		return Result{}, err
	}
	var in Result
	err = d.inTx(ctx, way, func(tx *pg.Tx) error {
		if err := d.accounts.LockUser(ctx, tx, proven); err != nil {
			return err
		}
		if err := d.notifyNewDevice(ctx, tx, sc, proven.User, way, device); err != nil {
			return err
		}
		in, err = d.openSession(ctx, tx, sc, proven.User, way)
		return err
	})
	return in, err
}

func checkCredentials(c Credentials) (emailaddr.Address, error) {
	email, errEmail := emailaddr.Parse(c.Email)
	return email, fault.Join(errEmail, passwords.CheckTyped("password", c.Password))
}

// inTx runs the transaction that lets somebody in. What signs their tokens is
// read before it: whoever holds one connection and waits for another may wait
// for those who do the same.
func (d *Authenticator) inTx(ctx context.Context, way Mode, do func(*pg.Tx) error) error {
	if way == API {
		if err := d.sessions.Prepare(ctx); err != nil {
			return err
		}
	}
	return d.db.Tx(ctx, do)
}

func (d *Authenticator) openSession(ctx context.Context, tx *pg.Tx, sc scope.Scope, p scope.User, way Mode) (in Result, err error) {
	in.User = p
	if way == API {
		in.Pair, err = d.sessions.Issue(ctx, tx, sc, p)
	} else {
		in.Session, err = d.sessions.Open(ctx, tx, sc, p, way == Remembered)
	}
	return in, err
}
