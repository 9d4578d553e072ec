package browser

import (
	"github.com/gofiber/fiber/v2"

	"stoa/domain/accounts"
	"stoa/domain/onetime"
	"stoa/domain/personaldata"
	"stoa/domain/signin"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/handlers/route"
	"stoa/views"
)

var (
	emailChanged = respond.NewFlash("email-changed", views.OK, "Your email address is changed and verified. Sign in with it from now on.")
	otherChanged = respond.NewFlash("other-changed", views.OK, "The email address of that account is changed and verified. You are signed in to another one.")
)

// EmailConfirmation confirms a new email address by a one-time link.
type EmailConfirmation struct {
	accounts *accounts.Accounts
	data     *personaldata.PersonalData
	signin   *signin.Authenticator
}

// Routes declares the routes.
func (e EmailConfirmation) Routes(to *route.Table) {
	to.Public.Get("/settings/email/confirm", e.New)
	to.Public.Post("/settings/email/confirm", e.Create)
	to.Public.Post("/settings/email/confirm/disown", e.Disown)
}

// New shows the button that uses the link.
func (e EmailConfirmation) New(c *fiber.Ctx) error {
	return showLink(c, e.accounts, onetime.ConfirmEmail, linkToken(c), nil)
}

// Create changes the email address of the account to the new one, in a browser that is
// signed in to the account or with its password.
func (e EmailConfirmation) Create(c *fiber.Ctx) error {
	request := gate.From(c)
	proof := accounts.LinkProof{Token: gate.Field(c, "token"), Password: gate.Field(c, "password")}
	changed, err := e.accounts.ConfirmEmail(c.UserContext(), request.Scope(), proof)
	if err != nil {
		return linkFailed(c, e.accounts, onetime.ConfirmEmail, proof.Token, err)
	}
	if !request.Is(changed.ID) {
		return redirectHome(c, changed.ID, emailChanged, otherChanged)
	}
	// The device cookie holds the email addresses that signed in with this
	// browser.
	request.SetDevice(c, e.signin.Remember(request.Device(c), changed.Email))
	return respond.RedirectFlash(c, emailPath, emailChanged)
}

// Disown is for a user who did not ask for the change.
func (e EmailConfirmation) Disown(c *fiber.Ctx) error {
	return disown(c, e.data, onetime.ConfirmEmail)
}
