// Package signin has registration and sign-in. Both check the client's input and
// then open a browser session or issue API tokens.
package signin

import (
	"context"

	"stoa/domain/accounts"
	"stoa/domain/emailaddr"
	"stoa/domain/mailer"
	"stoa/domain/passwords"
	"stoa/domain/scope"
	"stoa/domain/sessions"
	"stoa/platform/fair"
	"stoa/platform/fault"
	"stoa/platform/limit"
	"stoa/platform/pg"
	"stoa/platform/secret"
)

// Authenticator registers users and signs them in.
type Authenticator struct{ Config }

// Config has the dependencies and limits of an Authenticator.
type Config struct {
	DB       *pg.DB
	Accounts *accounts.Accounts
	Sessions *sessions.Sessions
	Mailer   *mailer.Mailer
	Keys     *secret.Keys
	Limits   *limit.Limits
	Register limit.Limit // per client IP address
	Login    limit.Limit // per client IP address, browser and API together
	// Observe, when set, is called with the result of each attempt to sign in.
	Observe func(result string) `wiring:"optional"`
}

// New returns an Authenticator. It registers the kind of its emails.
func New(c Config) *Authenticator {
	c.Mailer.Declare(mailer.Kinds{KindNewDevice: {mailer.At, mailer.IP, mailer.Device}})
	return &Authenticator{c}
}

// Mode is what a sign-in opens.
type Mode int

// The modes of a sign-in.
const (
	Browser    Mode = iota // a session of the usual length
	Remembered             // a session that outlasts the browser
	API                    // a pair of tokens
)

// Result is a signed-in user, with a session or, in the mode API, a token pair.
type Result struct {
	User    scope.User
	Session sessions.Opened
	Pair    sessions.Pair
}

// Register creates an account and signs the user in. It returns an Invalid fault
// for refused input before it counts the attempt, a TooMany fault for too many
// registrations from one IP address or with one mailbox, and the Conflict email_taken
// for a taken address.
func (a *Authenticator) Register(ctx context.Context, sc scope.Scope, r accounts.Registration, mode Mode) (Result, error) {
	checked, err := a.Accounts.CheckRegistration(r)
	if err != nil {
		return Result{}, err
	}
	if _, err := a.Limits.Take(ctx, a.Config.Register, sc.Request.Client); err != nil {
		return Result{}, err
	}
	if err := a.Accounts.CheckMailbox(ctx, checked); err != nil {
		return Result{}, err
	}
	hashed, err := a.Accounts.HashRegistration(ctx, checked)
	if err != nil {
		return Result{}, err
	}
	var result Result
	err = a.inTx(ctx, mode, func(tx *pg.Tx) error {
		user, err := a.Accounts.Create(ctx, tx, sc, hashed)
		if err != nil {
			return err
		}
		result, err = a.openSession(ctx, tx, sc, user, mode)
		return err
	})
	if err == nil {
		a.Accounts.CountMailbox(ctx, checked)
	}
	return result, err
}

// RegisterOnce is Register for the form of a browser, which a double click sends twice: it
// signs in the user who has registered with the same email address and password within the
// last minute.
func (a *Authenticator) RegisterOnce(ctx context.Context, sc scope.Scope, r accounts.Registration) (Result, error) {
	result, err := a.Register(ctx, sc, r, Browser)
	if !fault.Is(err, fault.Conflict) {
		return result, err
	}
	verified, err := a.Accounts.AuthenticateRepeated(ctx, sc, r)
	if err != nil {
		return Result{}, err
	}
	err = a.inTx(ctx, Browser, func(tx *pg.Tx) error {
		if err := a.Accounts.LockUser(ctx, tx, verified); err != nil {
			return err
		}
		result, err = a.openSession(ctx, tx, sc, verified.User, Browser)
		return err
	})
	return result, err
}

// Credentials are the typed email address and password, and the device cookie of
// the browser.
type Credentials struct {
	Email    string
	Password string
	Device   string
}

// SignIn signs a user in. It returns the fault invalid_credentials for an unknown
// address, a wrong password and a disabled account, and a TooMany fault for too
// many attempts from one IP address or at one account.
func (a *Authenticator) SignIn(ctx context.Context, sc scope.Scope, c Credentials, mode Mode) (Result, error) {
	result, err := a.signIn(ctx, sc, c, mode)
	a.observe(err)
	return result, err
}

func (a *Authenticator) signIn(ctx context.Context, sc scope.Scope, c Credentials, mode Mode) (Result, error) {
	email, err := checkCredentials(c)
	if err != nil {
		return Result{}, err
	}
	device, since := a.knownDevice(c.Device, email)
	if device != "" { // a flood of unknown clients must not keep the user out
		ctx = fair.With(ctx, fair.User(email.Key()))
	}
	if _, err := a.Limits.Take(ctx, a.Login, sc.Request.Client); err != nil {
		return Result{}, err
	}
	verified, err := a.Accounts.Authenticate(ctx, sc, accounts.Attempt{Email: email, Password: c.Password, Known: device, KnownSince: since})
	if err != nil {
		return Result{}, err
	}
	notify, err := a.mustNotify(ctx, sc, verified, mode)
	if err != nil {
		return Result{}, err
	}
	ctx = fair.With(ctx, fair.User(verified.User.ID.String())) // while the account is locked, its sign-ins have one share
	var result Result
	err = a.inTx(ctx, mode, func(tx *pg.Tx) error {
		if err := a.Accounts.LockUser(ctx, tx, verified); err != nil {
			return err
		}
		if notify {
			if err := a.notifyNewDevice(ctx, tx, sc, verified.User); err != nil {
				return err
			}
		}
		result, err = a.openSession(ctx, tx, sc, verified.User, mode)
		return err
	})
	return result, err
}

func checkCredentials(c Credentials) (emailaddr.Address, error) {
	email, errEmail := emailaddr.Parse(c.Email)
	return email, fault.Join(errEmail, passwords.CheckTyped("password", c.Password))
}

// inTx runs do in a transaction. It loads the signing key of tokens before that,
// because loading needs a connection: requests that hold one connection and wait
// for another can deadlock.
func (a *Authenticator) inTx(ctx context.Context, mode Mode, do func(*pg.Tx) error) error {
	if mode == API {
		if err := a.Sessions.Prepare(ctx); err != nil {
			return err
		}
	}
	return a.DB.Tx(ctx, do)
}

func (a *Authenticator) openSession(ctx context.Context, tx *pg.Tx, sc scope.Scope, user scope.User, mode Mode) (result Result, err error) {
	result.User = user
	if mode == API {
		result.Pair, err = a.Sessions.Issue(ctx, tx, sc, user)
	} else {
		result.Session, err = a.Sessions.Open(ctx, tx, sc, user, mode == Remembered)
	}
	return result, err
}
