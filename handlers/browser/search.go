package browser

import (
	"github.com/gofiber/fiber/v2"

	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/handlers/route"
	"stoa/views"
)

// Search finds pages by what was typed.
type Search struct{}

// Routes declares the routes.
func (s Search) Routes(to *route.Table) {
	to.Own.Get("/search", s.List)
}

// List shows the pages that have the parameter q.
func (Search) List(c *fiber.Ctx) error {
	return respond.Page(c, "accounts/search", views.SearchPage{Chrome: respond.Chrome(c), Typed: gate.Search(c)})
}
