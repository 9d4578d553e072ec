package transport

import (
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// unmatched is the route of each request that matches no route. All unknown
// paths share this label, so that clients cannot create further ones.
const unmatched = "unmatched"

// pattern is the pattern of a route, or the prefix of a middleware. A request
// has a middleware as its route when the middleware ended it.
type pattern struct {
	name       string
	middleware bool
}

// learnRoutes stores the routes of the site for the labels of metrics, log
// lines and traces. It is called once, before the first request.
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

// route returns the pattern of the route that handled the request, never the
// path. For a middleware, such as that of static files, it is the prefix with a
// star.
func (t *Transport) route(c *fiber.Ctx) string {
	known, ok := t.routes[c.Route()]
	status := c.Response().StatusCode()
	if !ok || known.middleware && (status == fiber.StatusNotFound || status == fiber.StatusMethodNotAllowed) {
		return unmatched
	}
	return known.name
}

// method returns the request's method if it is a standard one, else "other",
// because clients can send any method.
func method(c *fiber.Ctx) string {
	if m := c.Method(); slices.Contains(fiber.DefaultMethods, m) {
		return m
	}
	return "other"
}
