package handlers

import "github.com/gofiber/fiber/v2"

// routes registers the middleware of all requests, then each group of routes. A
// group has a file of its own. Fiber tries middleware and routes in this order.
func (s *site) routes(app *fiber.App) {
	t := s.Gate.Transport
	app.Use(t.Enter, t.RedirectToHTTPS, s.assets)

	s.Operations.routes(app)
	s.apiRoutes(app)
	s.publicRoutes(app)
	s.ownRoutes(app)
	if !t.Production {
		s.devRoutes(app)
	}
}

// public puts the middleware of pages for every browser before h.
func (s *site) public(h fiber.Handler) []fiber.Handler {
	return []fiber.Handler{s.Gate.Session, s.Gate.CSRF, h}
}

// own puts the middleware of pages for signed-in users before h.
func (s *site) own(h fiber.Handler) []fiber.Handler {
	return []fiber.Handler{s.Gate.Session, s.Gate.SignedIn, s.Gate.CSRF, h}
}

// routes are for operators and monitoring; see NewOperatorServer.
func (o *Operations) routes(app *fiber.App) {
	app.Get("/health", o.Health)
	app.Get("/health/live", o.Live)
	app.Get("/metrics", o.ShowMetrics)
}
