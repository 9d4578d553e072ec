package handlers

import (
	"slices"

	"github.com/gofiber/fiber/v2"

	"stoa/domain"
	"stoa/handlers/api"
	"stoa/handlers/browser"
	"stoa/handlers/reference"
	"stoa/handlers/route"
	"stoa/platform/devmail"
	"stoa/platform/wiring"
)

// Routes returns the routes of the site with their groups, for lists and tests. The
// handlers cannot be called.
func Routes() []route.Route {
	return route.TableOf(resources(&domain.Domain{}, nil, &reference.Reference{})).Routes()
}

func resources(d *domain.Domain, mailbox *devmail.Store, described *reference.Reference) []route.Resource {
	all := append(browser.Resources(d, mailbox), described)
	return append(all, api.Resources(d)...)
}

// routes registers the middleware of all requests, then each route with the
// middleware of its group. Fiber tries middleware and routes in this order.
func (s *site) routes(app *fiber.App) {
	t := s.Gate.Transport
	app.Use(t.Enter, t.RedirectToHTTPS, s.assets, trimmed)
	s.Operations.routes(app)
	app.Group("/api/", s.Gate.CORS(), s.Gate.Bearer) // the slash at the end excludes /apis
	all := resources(s.Domain, s.Devmail, s.Reference)
	for _, r := range all {
		wiring.Check(r)
	}
	table := route.TableOf(all)
	if t.Production {
		table = table.Without(route.Development)
	}
	app.Use(singleSlashes(table))
	groups := s.middleware()
	for _, r := range table.Routes() {
		handlers := slices.Concat(groups[r.Group], []fiber.Handler{r.Handler})
		switch {
		case r.Method == fiber.MethodGet:
			app.Get(r.Path, handlers...) // and HEAD
		case r.Page():
			app.Add(r.Method, r.Path, append([]fiber.Handler{s.keepTyped(table, r)}, handlers...)...)
		default:
			app.Add(r.Method, r.Path, handlers...)
		}
	}
	redirects(app, table)
}

// middleware returns what runs before the handlers of each group.
func (s *site) middleware() map[route.Group][]fiber.Handler {
	g := s.Gate
	return map[route.Group][]fiber.Handler{
		route.Public:      {g.Session, g.CSRF},
		route.Harmless:    {g.Session, g.Harmless},
		route.Own:         {g.Session, g.SignedIn, g.CSRF},
		route.Sessionless: {},
		route.Calls:       {}, // all paths under /api have CORS and Bearer
		route.OwnCalls:    {g.Authenticated},
		route.Development: {g.Session, g.CSRF},
	}
}

// routes are for operators and monitoring; see NewOperatorServer.
func (o *Operations) routes(app *fiber.App) {
	app.Get("/health", o.Health)
	app.Get("/health/live", o.Live)
	app.Get("/metrics", o.ShowMetrics)
}
