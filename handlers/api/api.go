// Package api has the handlers of the JSON API under /api: one file and one
// type per resource, and a typed request and response for each call. The
// handlers call the same domain methods as the pages.
package api

import (
	"stoa/domain"
	"stoa/handlers/route"
)

// Resources returns the resources of the API.
func Resources(d *domain.Domain) []route.Resource {
	return []route.Resource{
		Keys{d.Signer},
		Registration{d.Signin},
		Login{d.Signin, d.Sessions},
		Tokens{d.Sessions},
		Reset{d.Accounts},
		Verification{d.Accounts},
		Profile{d.Accounts},
		Account{d.PersonalData},
		Password{d.Accounts},
		Email{d.Accounts},
		EmailChange{d.Accounts},
		EmailConfirmation{d.Accounts},
		Sessions{d.Sessions},
	}
}
