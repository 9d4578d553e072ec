package browser

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"stoa/domain/accounts"
	"stoa/domain/home"
	"stoa/domain/onetime"
	"stoa/domain/personaldata"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/handlers/route"
	"stoa/views"
)

var (
	verificationSent = respond.NewFlash("verify-sent", views.OK, "We sent you a new link. The one before no longer works.")
	emailVerified    = respond.NewFlash("email-verified", views.OK, "Your email address is verified.")
	otherVerified    = respond.NewFlash("other-verified", views.OK, "The email address of that account is verified. You are signed in to another one.")
)

func init() {
	addSetupStep(setupStep{10, views.Step{Icon: views.Icons.Email, Label: "Verify your email address", Help: "Open the link in our email to you."},
		func(h home.Home) bool { return h.User.EmailVerified }})
}

// Verification verifies an email address by a one-time link.
type Verification struct {
	accounts *accounts.Accounts
	data     *personaldata.PersonalData
}

// Routes declares the routes.
func (v Verification) Routes(to *route.Table) {
	to.Public.Get("/verify-email", v.New)
	to.Public.Post("/verify-email", v.Create)
	to.Public.Post("/verify-email/disown", v.Disown)
	to.Own.Post("/verify-email/resend", v.Resend)
}

// New shows the button that uses the link.
func (v Verification) New(c *fiber.Ctx) error {
	return showLink(c, v.accounts, onetime.VerifyEmail, linkToken(c), nil)
}

// Create verifies the email address, in a browser that is signed in to the account or
// with its password.
func (v Verification) Create(c *fiber.Ctx) error {
	proof := accounts.LinkProof{Token: gate.Field(c, "token"), Password: gate.Field(c, "password")}
	user, err := v.accounts.VerifyEmail(c.UserContext(), gate.From(c).Scope(), proof)
	if err != nil {
		return linkFailed(c, v.accounts, onetime.VerifyEmail, proof.Token, err)
	}
	return redirectHome(c, user.ID, emailVerified, otherVerified)
}

// Disown is for a user who did not create the account of the link.
func (v Verification) Disown(c *fiber.Ctx) error { return disown(c, v.data, onetime.VerifyEmail) }

// Resend sends the signed-in user another link.
func (v Verification) Resend(c *fiber.Ctx) error {
	sent, err := v.accounts.ResendVerification(c.UserContext(), gate.From(c).Scope())
	if err != nil {
		return err
	}
	flash := emailVerified // the email address was verified before
	if sent {
		flash = verificationSent
	}
	next := gate.PagePath(c)
	if strings.HasPrefix(next, "/verify-email") { // the page of a link that no longer works
		next = homePath
	}
	return respond.RedirectFlash(c, next, flash)
}
