// Package domain constructs the packages of the business in their order. Only
// operators is missing, because handlers get a Domain and must not reach it.
package domain

import (
	"stoa/domain/accounts"
	"stoa/domain/audit"
	"stoa/domain/avatars"
	"stoa/domain/home"
	"stoa/domain/mailer"
	"stoa/domain/onetime"
	"stoa/domain/passwords"
	"stoa/domain/personaldata"
	"stoa/domain/sessions"
	"stoa/domain/signin"
	"stoa/domain/userdata"
	"stoa/platform/blob"
	"stoa/platform/jobs"
	"stoa/platform/limit"
	"stoa/platform/mail"
	"stoa/platform/pg"
	"stoa/platform/picture"
	"stoa/platform/secret"
	"stoa/platform/signing"
	"stoa/platform/wiring"
)

// Config has the platform parts and the settings of the domain.
type Config struct {
	DB       *pg.DB
	Jobs     *jobs.Jobs // not started
	Keys     *secret.Keys
	Hasher   *secret.Hasher
	Limits   *limit.Limits
	Signer   *signing.Signer
	Files    blob.Store
	Pictures *picture.Processor
	BaseURL  string // the public URL of the site

	Mail       mail.Transport
	MailHost   string // the domain of the sender
	RenderMail func(email mailer.Email, url string) (mail.Message, error)

	PasswordRules passwords.Rules
	Rates         Rates

	// ObserveMail is called with the kind and the outcome of each finished email,
	// MailFailed with the mail.Cause of each failed attempt to send one, and
	// ObserveSignIn with the result of each attempt to sign in.
	ObserveMail   func(kind, outcome string) `wiring:"optional"`
	MailFailed    func(cause string)         `wiring:"optional"`
	ObserveSignIn func(result string)        `wiring:"optional"`
}

// Rates are the limits of requests.
type Rates struct {
	Account  limit.Limit // wrong passwords per account
	Mail     accounts.MailLimits
	Refresh  limit.Limit // per client IP address
	Register limit.Limit // per client IP address
	Login    limit.Limit // per client IP address
}

// Domain has the packages of the business.
type Domain struct {
	Config
	UserData     *userdata.Parts
	Onetime      *onetime.Links
	Mailer       *mailer.Mailer
	Sessions     *sessions.Sessions
	Accounts     *accounts.Accounts
	PersonalData *personaldata.PersonalData
	Signin       *signin.Authenticator
	Home         *home.Reader

	// The nouns. An empty line between them keeps gofmt from aligning them.

	Avatars *avatars.Avatars
}

// New returns the domain. A package may use those above it. Each New registers the
// jobs of its package, the kinds of its emails and its part of a user's data. It
// panics with the name of a part that is missing.
func New(c Config) *Domain {
	wiring.Check(c)
	d := &Domain{Config: c, UserData: &userdata.Parts{}}
	c.Jobs.Sweep(jobs.SixHourly, jobs.Sweep{What: "limits", Delete: c.Limits.Expire})
	audit.Register(c.DB, c.Jobs, d.UserData)
	d.Onetime = onetime.New(wiring.Checked(onetime.Config{DB: c.DB, Jobs: c.Jobs, UserData: d.UserData, Keys: c.Keys, Base: c.BaseURL}))
	d.Mailer = mailer.New(wiring.Checked(mailer.Config{
		DB: c.DB, Jobs: c.Jobs, UserData: d.UserData, Mail: c.Mail, Host: c.MailHost, LinkURL: d.Onetime.URL,
		Render: c.RenderMail, Observe: c.ObserveMail, Failed: c.MailFailed,
	}))
	d.Sessions = sessions.New(wiring.Checked(sessions.Config{
		DB: c.DB, Jobs: c.Jobs, UserData: d.UserData, Keys: c.Keys, Signer: c.Signer, Limits: c.Limits, Refreshes: c.Rates.Refresh,
	}))
	d.Accounts = accounts.New(wiring.Checked(accounts.Config{
		DB: c.DB, Jobs: c.Jobs, UserData: d.UserData, Sessions: d.Sessions, Onetime: d.Onetime, Mailer: d.Mailer,
		Hasher: c.Hasher, Keys: c.Keys, Limits: c.Limits, Attempts: c.Rates.Account, Mail: c.Rates.Mail, Rules: c.PasswordRules,
	}))
	d.Avatars = avatars.New(wiring.Checked(avatars.Config{DB: c.DB, Jobs: c.Jobs, UserData: d.UserData, Files: c.Files, Processor: c.Pictures}))
	d.PersonalData = personaldata.New(wiring.Checked(personaldata.Config{DB: c.DB, UserData: d.UserData, Accounts: d.Accounts, Mailer: d.Mailer}))
	d.Signin = signin.New(wiring.Checked(signin.Config{
		DB: c.DB, Accounts: d.Accounts, Sessions: d.Sessions, Mailer: d.Mailer, Keys: c.Keys, Limits: c.Limits,
		Register: c.Rates.Register, Login: c.Rates.Login, Observe: c.ObserveSignIn,
	}))
	d.Home = home.New(wiring.Checked(home.Config{DB: c.DB, Sessions: d.Sessions}))
	wiring.Check(d)
	return d
}
