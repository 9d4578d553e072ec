package browser

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"stoa/domain/onetime"
	"stoa/domain/scope"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
)

// NewVerification shows the button that verifies an address.
func (p *Pages) NewVerification(c *fiber.Ctx) error { return p.showConfirmLink(c, onetime.VerifyEmail) }

// VerifyEmail verifies an address by the link that was sent there.
func (p *Pages) VerifyEmail(c *fiber.Ctx) error {
	v := gate.Named(c)
	person, err := p.Accounts.VerifyEmail(c.UserContext(), v.Scope(), gate.Field(c, "token"))
	if err != nil {
		return p.linkRefused(c, onetime.VerifyEmail, fiber.StatusUnprocessableEntity, err)
	}
	return redirectHome(c, person.ID, "email-verified", "other-verified")
}

// ResendVerification sends the signed-in person another link.
func (p *Pages) ResendVerification(c *fiber.Ctx) error {
	sent, err := p.Accounts.ResendVerification(c.UserContext(), gate.Named(c).Scope())
	if err != nil {
		return err
	}
	note := "email-verified" // already
	if sent {
		note = "verify-sent"
	}
	next := gate.PagePath(c)
	if strings.HasPrefix(next, "/verify-email") { // a link that no longer works
		next = dashboard
	}
	return respond.Redirect(c, next, note)
}

// redirectHome sends whoever has used a link of that person's account in, or to the
// door, with a note; another for who is signed in as somebody else.
func redirectHome(c *fiber.Ctx, id scope.UserID, note, other string) error {
	switch v := gate.From(c); {
	case !v.SignedIn():
		return respond.Redirect(c, "/login", note)
	case v.Is(id):
		return respond.Redirect(c, dashboard, note)
	}
	return respond.Redirect(c, dashboard, other)
}
