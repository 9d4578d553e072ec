package browser

import (
	"github.com/gofiber/fiber/v2"

	"stoa/handlers/respond"
	"stoa/views"
)

// Kit is the page of all interface parts, in development only.
type Kit struct{}

// Show shows every part in every state.
func (Kit) Show(c *fiber.Ctx) error {
	return respond.Page(c, "dev/kit", views.Kit{Chrome: respond.Chrome(c)})
}
