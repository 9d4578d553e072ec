package browser

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"stoa/domain/links"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
)

// NewVerification shows the button that verifies an address.
func (p *Pages) NewVerification(c *fiber.Ctx) error { return p.showUse(c, links.Verify) }

// VerifyEmail verifies an address by the link that was sent there.
func (p *Pages) VerifyEmail(c *fiber.Ctx) error {
	v := gate.Named(c)
	if _, err := p.Accounts.VerifyEmail(c.UserContext(), v.Scope(), gate.Field(c, "token")); err != nil {
		return p.linkRefused(c, links.Verify, fiber.StatusUnprocessableEntity, err)
	}
	return respond.See(c, home(v), "email-verified")
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
	return respond.See(c, next, note)
}

// home is where somebody goes after a link: in, or to the door.
func home(v *gate.Visit) string {
	if v.SignedIn() {
		return dashboard
	}
	return "/login"
}
