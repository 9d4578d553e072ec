package browser

import (
	"github.com/gofiber/fiber/v2"

	"stoa/handlers/respond"
	"stoa/handlers/route"
	"stoa/views"
)

// Site has the pages with texts of the operator.
type Site struct{}

// Routes declares the routes.
func (s Site) Routes(to *route.Table) {
	to.Public.Get("/privacy", s.Privacy)
	to.Public.Get("/terms", s.Terms)
	to.Public.Get("/changelog", s.Changelog)
}

// Privacy shows what the program stores.
func (Site) Privacy(c *fiber.Ctx) error {
	return respond.Page(c, "site/privacy", views.Privacy{Chrome: respond.Chrome(c)})
}

// Terms shows the terms, and who runs the site.
func (Site) Terms(c *fiber.Ctx) error {
	return respond.Page(c, "site/terms", views.Terms{Chrome: respond.Chrome(c)})
}

// Changelog shows what is new.
func (Site) Changelog(c *fiber.Ctx) error {
	return respond.Page(c, "site/changelog", views.Changelog{Chrome: respond.Chrome(c)})
}
