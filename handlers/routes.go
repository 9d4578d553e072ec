// Package handlers is the HTTP edge: the route table and the server around it.
package handlers

import (
	"github.com/gofiber/fiber/v2"

	"stoa/handlers/api"
	"stoa/handlers/browser"
	"stoa/handlers/gate"
	"stoa/handlers/reference"
)

// Site is everything that handles requests.
type Site struct {
	Gate       *gate.Gate
	Pages      *browser.Pages
	Calls      *api.API
	Reference  *reference.Reference
	Operations *Operations
}

// routes registers the middleware of all requests, then each group of routes in
// a file of its own. Fiber tries middleware and routes in this order.
func (s *Site) routes(app *fiber.App) {
	app.Use(s.Gate.Enter, s.Gate.Secure, s.assets)

	s.Operations.routes(app)
	s.apiRoutes(app)
	s.publicRoutes(app)
	s.ownRoutes(app)
	if !s.Gate.Production {
		s.devRoutes(app)
	}
}

// public puts the middleware of pages for every browser before h.
func (s *Site) public(h fiber.Handler) []fiber.Handler {
	return []fiber.Handler{s.Gate.Session, s.Gate.CSRF, h}
}

// own puts the middleware of pages for signed-in users before h.
func (s *Site) own(h fiber.Handler) []fiber.Handler {
	return []fiber.Handler{s.Gate.Session, s.Gate.SignedIn, s.Gate.CSRF, h}
}

// routes are for operators and monitoring; see NewOperatorServer.
func (o *Operations) routes(app *fiber.App) {
	app.Get("/health", o.Health)
	app.Get("/health/live", o.Live)
	app.Get("/metrics", o.ShowMetrics)
}
