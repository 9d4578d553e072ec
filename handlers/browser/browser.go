// Package browser has the handlers of the pages: one file and one type per
// resource. A handler reads the input, calls the domain once and responds.
package browser

import (
	"stoa/domain/accounts"
	"stoa/domain/avatars"
	"stoa/domain/onetime"
	"stoa/domain/personaldata"
	"stoa/domain/sessions"
	"stoa/domain/signin"
	"stoa/platform/devmail"
)

// Config has the domain parts that the pages call. Only Devmail may be nil.
type Config struct {
	Accounts     *accounts.Accounts
	Avatars      *avatars.Avatars
	PersonalData *personaldata.PersonalData
	Sessions     *sessions.Sessions
	Onetime      *onetime.Links
	Signin       *signin.Authenticator
	Devmail      *devmail.Store // development only; nil when a mail server is set
}

// Pages has the handlers of every resource.
type Pages struct {
	Landing           Landing
	Registration      Registration
	Login             Login
	Reset             Reset
	Verification      Verification
	Dashboard         Dashboard
	Profile           Profile
	Avatar            Avatar
	Email             Email
	EmailConfirmation EmailConfirmation
	EmailUndo         EmailUndo
	Password          Password
	Sessions          Sessions
	Account           Account
	Theme             Theme
	Devmail           Devmail
	Kit               Kit
}

// New returns the handlers. It panics when a required part is missing: without
// the check, the first request that needs the part would fail.
func New(cfg Config) *Pages {
	if cfg.Accounts == nil || cfg.Avatars == nil || cfg.PersonalData == nil || cfg.Sessions == nil || cfg.Onetime == nil || cfg.Signin == nil {
		panic("browser.New: a required part of Config is nil")
	}
	return &Pages{
		Registration:      Registration{cfg.Accounts, cfg.Signin},
		Login:             Login{cfg.Signin},
		Reset:             Reset{cfg.Accounts, cfg.Onetime, cfg.Signin},
		Verification:      Verification{cfg.Accounts, cfg.Onetime},
		Profile:           Profile{cfg.Accounts},
		Avatar:            Avatar{cfg.Avatars},
		Email:             Email{cfg.Accounts},
		EmailConfirmation: EmailConfirmation{cfg.Accounts, cfg.Onetime, cfg.Signin},
		EmailUndo:         EmailUndo{cfg.Accounts, cfg.Onetime},
		Password:          Password{cfg.Accounts},
		Sessions:          Sessions{cfg.Sessions},
		Account:           Account{cfg.PersonalData},
		Devmail:           Devmail{cfg.Devmail},
	}
}
