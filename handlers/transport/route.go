package transport

import (
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// unmatched is the route of every request that no route is for: whatever paths
// strangers try, they share one name in the metrics.
const unmatched = "unmatched"

// pattern names a route. That of middleware answers only what it stops.
type pattern struct {
	name       string
	middleware bool
}

// learnRoutes learns the routes of the site, which name requests in metrics, log and
// traces. It is called once, before the first request.
func (t *Transport) learnRoutes(app *fiber.App) {
	own := app.GetRoutes(true) // without middleware, in the order of the stack
	t.routes = map[*fiber.Route]pattern{}
	for _, stack := range app.Stack() {
		for _, route := range stack {
			if len(own) > 0 && same(&own[0], route) {
				t.routes[route] = pattern{name: route.Path}
				own = own[1:]
				continue
			}
			t.routes[route] = pattern{strings.TrimSuffix(route.Path, "/") + "/*", true}
		}
	}
}

func same(a, b *fiber.Route) bool {
	return a.Method == b.Method && a.Path == b.Path && &a.Handlers[0] == &b.Handlers[0]
}

// route returns the pattern of the route that answered, never the path. What
// middleware answered, such as a static file, has its prefix with a star.
func (t *Transport) route(c *fiber.Ctx) string {
	known, ok := t.routes[c.Route()]
	status := c.Response().StatusCode()
	if !ok || known.middleware && (status == fiber.StatusNotFound || status == fiber.StatusMethodNotAllowed) {
		return unmatched
	}
	return known.name
}

// method returns the request's method if HTTP has it, else "other": a client
// may call its method anything.
func method(c *fiber.Ctx) string {
	if m := c.Method(); slices.Contains(fiber.DefaultMethods, m) {
		return m
	}
	return "other"
}
