package browser

import (
	"github.com/gofiber/fiber/v2"

	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/handlers/route"
	"stoa/views"
)

// Landing is the front page.
type Landing struct{}

// Routes declares the routes.
func (l Landing) Routes(to *route.Table) {
	to.Public.Get("/", l.Show)
}

// Show shows the front page, and redirects a signed-in user to the home page.
func (Landing) Show(c *fiber.Ctx) error {
	if gate.From(c).SignedIn() {
		return respond.Redirect(c, homePath)
	}
	return respond.Page(c, "public/landing", views.Landing{Chrome: respond.Chrome(c)})
}
