package browser

import (
	"github.com/gofiber/fiber/v2"

	"stoa/handlers/respond"
	"stoa/handlers/route"
	"stoa/views"
)

// Kit is the page of all interface parts, in development only.
type Kit struct{}

// Routes declares the routes.
func (k Kit) Routes(to *route.Table) {
	to.Development.Get("/dev/kit", k.Show)
}

// Show shows every part in every state.
func (Kit) Show(c *fiber.Ctx) error {
	return respond.Page(c, "dev/kit", views.Kit{Chrome: respond.Chrome(c)})
}
