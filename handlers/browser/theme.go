package browser

import (
	"github.com/gofiber/fiber/v2"

	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/handlers/route"
)

// Theme is the theme of a browser, signed in or not.
type Theme struct{}

// Routes declares the routes.
func (t Theme) Routes(to *route.Table) {
	to.Harmless.Post("/settings/theme", t.Update)
}

// Update sets the theme, and returns 422 for an unknown one.
func (Theme) Update(c *fiber.Ctx) error {
	if !gate.From(c).SetTheme(c, gate.Field(c, "theme")) {
		return fiber.NewError(fiber.StatusUnprocessableEntity)
	}
	next := gate.OwnPath(gate.Field(c, "next"))
	if next == "" {
		next = gate.PagePath(c)
	}
	return respond.NoStore(c, respond.Redirect(c, next)) // the URL of a one-time link's page contains its token
}
