// Package api has the handlers of the JSON API under /api: one file and one
// type per resource, and a typed request and response for each call. The
// handlers call the same domain methods as the pages.
package api

import (
	"stoa/domain/accounts"
	"stoa/domain/personaldata"
	"stoa/domain/sessions"
	"stoa/domain/signin"
	"stoa/platform/signing"
)

// Config has the parts that the API calls. All are required.
type Config struct {
	Accounts     *accounts.Accounts
	PersonalData *personaldata.PersonalData
	Sessions     *sessions.Sessions
	Signin       *signin.Authenticator
	Signer       *signing.Signer
}

// API has the handlers of every resource.
type API struct {
	Keys         Keys
	Registration Registration
	Login        Login
	Tokens       Tokens
	Reset        Reset
	Verification Verification
	Profile      Profile
	Email        Email
	Password     Password
	Sessions     Sessions
	Account      Account
}

// New returns the handlers. It panics when a part is missing: without the
// check, the first request that needs the part would fail.
func New(cfg Config) *API {
	if cfg.Accounts == nil || cfg.PersonalData == nil || cfg.Sessions == nil || cfg.Signin == nil || cfg.Signer == nil {
		panic("api.New: a part of Config is nil")
	}
	return &API{
		Keys:         Keys{cfg.Signer},
		Registration: Registration{cfg.Signin},
		Login:        Login{cfg.Signin, cfg.Sessions},
		Tokens:       Tokens{cfg.Sessions},
		Reset:        Reset{cfg.Accounts},
		Verification: Verification{cfg.Accounts},
		Profile:      Profile{cfg.Accounts},
		Email:        Email{cfg.Accounts},
		Password:     Password{cfg.Accounts},
		Sessions:     Sessions{cfg.Sessions},
		Account:      Account{cfg.PersonalData},
	}
}
