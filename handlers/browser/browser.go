// Package browser has the handlers of the pages: one file and one type per
// resource. A handler reads the input, calls the domain once and responds.
package browser

import (
	"stoa/domain"
	"stoa/handlers/route"
	"stoa/platform/devmail"
)

// Resources returns the resources of the pages. mailbox is nil when a mail server is
// set.
func Resources(d *domain.Domain, mailbox *devmail.Store) []route.Resource {
	return []route.Resource{
		Landing{},
		Site{},
		Registration{d.Accounts, d.Signin},
		Login{d.Signin},
		Reset{d.Accounts, d.Onetime, d.Signin},
		Verification{d.Accounts, d.PersonalData},
		Home{d.Home},
		Profile{d.Accounts},
		Avatar{d.Avatars},
		Email{d.Accounts},
		EmailChange{d.Accounts},
		EmailConfirmation{d.Accounts, d.PersonalData, d.Signin},
		EmailUndo{d.Accounts},
		Password{d.Accounts, d.Sessions, d.Signin},
		Sessions{d.Sessions},
		Account{d.PersonalData},
		Theme{},
		Search{},
		Devmail{mailbox},
		Kit{},
	}
}
