// Package route collects the routes that the resources declare. The group of a
// route decides which requests reach it.
package route

import (
	"path"
	"reflect"
	"runtime"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// Group is a set of routes with the same middleware.
type Group string

// The groups. A route under /api belongs to Calls or OwnCalls.
const (
	Public      Group = "public"      // pages for every browser, with and without a session
	Harmless    Group = "harmless"    // forms that change only the browser; a form from before a sign-in or sign-out counts, too
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

// Page reports whether the route is a page, or a form on one.
func (r Route) Page() bool {
	switch r.Group {
	case Public, Harmless, Own, Development:
		return true
	}
	return false
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
	Public, Harmless, Own, Sessionless, Calls, OwnCalls, Development Set

	routes []Route
}

// TableOf returns the routes of the resources in their order, which is the order in
// which a request is compared with them.
func TableOf(resources []Resource) *Table {
	t := &Table{}
	t.Public, t.Harmless, t.Own, t.Sessionless = Set{t, Public}, Set{t, Harmless}, Set{t, Own}, Set{t, Sessionless}
	t.Calls, t.OwnCalls, t.Development = Set{t, Calls}, Set{t, OwnCalls}, Set{t, Development}
	for _, r := range resources {
		r.Routes(t)
	}
	return t
}

// Routes returns the routes.
func (t *Table) Routes() []Route { return t.routes }

// Without returns the table without the routes of a group.
func (t *Table) Without(group Group) *Table {
	return &Table{routes: slices.DeleteFunc(slices.Clone(t.routes), func(r Route) bool { return r.Group == group })}
}

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

// PageOf returns the pattern of the page that belongs to a path of the group: the page
// with the same path, else the first page below it without a parameter, else that of the
// path above it, such as /settings/account for /settings/account/export. It returns /
// when there is none.
func (t *Table) PageOf(group Group, at string) string {
	for ; at != "/"; at = path.Dir(at) {
		below := ""
		for _, r := range t.routes {
			rest, ok := strings.CutPrefix(r.Path, at)
			switch {
			case !ok || r.Method != fiber.MethodGet || r.Group != group:
			case rest == "":
				return r.Path
			case below == "" && rest[0] == '/' && !strings.Contains(r.Path, ":"):
				below = r.Path
			}
		}
		if below != "" {
			return below
		}
	}
	return "/"
}

// Redirects returns the pattern of a page for each path of a browser's URL bar that
// leads there: the paths to which only forms are sent, and those above a page without a
// page of their own, such as /settings.
func (t *Table) Redirects() map[string]string {
	to := map[string]string{}
	for _, r := range t.routes {
		if !r.Page() {
			continue
		}
		to[r.Path] = t.PageOf(r.Group, r.Path)
		for above := path.Dir(r.Path); above != "/"; above = path.Dir(above) {
			if page := t.PageOf(r.Group, above); to[above] == "" && strings.HasPrefix(page, above+"/") {
				to[above] = page
			}
		}
	}
	for _, r := range t.routes {
		if r.Method == fiber.MethodGet {
			delete(to, r.Path)
		}
	}
	return to
}
