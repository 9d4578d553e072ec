// Package route collects the routes that the resources declare. The group of a
// route decides which requests reach it.
package route

import (
	"reflect"
	"runtime"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// Group is a set of routes with the same middleware.
type Group string

// The groups. A route under /api belongs to Calls or OwnCalls.
const (
	Public      Group = "public"      // pages for every browser, with and without a session
	Own         Group = "own"         // pages for the signed-in user
	Sessionless Group = "sessionless" // for every client; no cookie is read, a shared cache may keep the response
	Calls       Group = "calls"       // API calls with and without an access token
	OwnCalls    Group = "own-calls"   // API calls of the signed-in user
	Development Group = "development" // pages that exist in development only
)

// Route is one route of the site.
type Route struct {
	Method  string
	Path    string // Fiber's pattern, such as /settings/sessions/:id/revoke
	Group   Group
	Handler fiber.Handler
}

// Name returns the handler, such as browser.Sessions.List.
func (r Route) Name() string {
	name := runtime.FuncForPC(reflect.ValueOf(r.Handler).Pointer()).Name()
	name = name[strings.LastIndex(name, "/")+1:]
	return strings.NewReplacer("-fm", "", "(*", "", ")", "").Replace(name)
}

// Resource is a set of handlers with their routes, such as the sessions of a user.
type Resource interface{ Routes(to *Table) }

// Table collects the routes of a site. Its fields are the groups.
type Table struct {
	Public, Own, Sessionless, Calls, OwnCalls, Development Set

	routes []Route
}

// TableOf returns the routes of the resources in their order, which is the order in
// which a request is compared with them.
func TableOf(resources []Resource) *Table {
	t := &Table{}
	t.Public, t.Own, t.Sessionless = Set{t, Public}, Set{t, Own}, Set{t, Sessionless}
	t.Calls, t.OwnCalls, t.Development = Set{t, Calls}, Set{t, OwnCalls}, Set{t, Development}
	for _, r := range resources {
		r.Routes(t)
	}
	return t
}

// Routes returns the routes.
func (t *Table) Routes() []Route { return t.routes }

// Set adds routes to one group.
type Set struct {
	table *Table
	group Group
}

// Get adds a route that changes nothing. It also responds to HEAD.
func (s Set) Get(path string, h fiber.Handler) { s.add(fiber.MethodGet, path, h) }

// Post adds a route that creates or changes something.
func (s Set) Post(path string, h fiber.Handler) { s.add(fiber.MethodPost, path, h) }

// Put adds a route that replaces something.
func (s Set) Put(path string, h fiber.Handler) { s.add(fiber.MethodPut, path, h) }

// Patch adds a route that changes a part of something.
func (s Set) Patch(path string, h fiber.Handler) { s.add(fiber.MethodPatch, path, h) }

// Delete adds a route that deletes something.
func (s Set) Delete(path string, h fiber.Handler) { s.add(fiber.MethodDelete, path, h) }

func (s Set) add(method, path string, h fiber.Handler) {
	s.table.routes = append(s.table.routes, Route{method, path, s.group, h})
}
