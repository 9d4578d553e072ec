package rig

import (
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Route is one line of `stoa routes`.
type Route struct{ Method, Path, Group, Handler string }

func (r Route) String() string { return r.Method + " " + r.Path }

// Page reports whether the route shows a page that has no parameter in its path.
func (r Route) Page() bool { return r.Method == "GET" && !r.Parameter() && r.In(PageGroups...) }

// Call reports whether the route belongs to the API, which openapi.json describes.
func (r Route) Call() bool {
	return r.In("calls", "own-calls") || strings.HasPrefix(r.Path, "/.well-known/")
}

// Described returns the path as openapi.json writes it, such as /api/items/{id}.
func (r Route) Described() string { return parameter.ReplaceAllString(r.Path, "{$1}") }

// PageGroups are the groups of pages and of the forms on them.
var PageGroups = []string{"public", "harmless", "own", "development"}

// In reports whether the route is in one of the groups.
func (r Route) In(groups ...string) bool { return slices.Contains(groups, r.Group) }

// Parameter reports whether the path has a parameter.
func (r Route) Parameter() bool { return strings.Contains(r.Path, ":") }

// With returns the path with value for its parameters.
func (r Route) With(value string) string { return parameter.ReplaceAllString(r.Path, value) }

// Matches reports whether the route's pattern matches the path.
func (r Route) Matches(path string) bool {
	pattern := "^" + parameter.ReplaceAllString(regexp.QuoteMeta(r.Path), "[^/]+") + "$"
	return regexp.MustCompile(pattern).MatchString(path)
}

var parameter = regexp.MustCompile(`:([a-z]+)`)

// Pages returns the paths of the pages of the groups; see Route.Page.
func Pages(t testing.TB, groups ...string) []string {
	t.Helper()
	var paths []string
	for _, r := range Routes(t) {
		if r.Page() && r.In(groups...) {
			paths = append(paths, r.Path)
		}
	}
	return paths
}

// Routes returns the routes of the program. Tests of a rule for all routes read
// them here, so that a new route needs no line in these tests.
func Routes(t testing.TB) []Route {
	t.Helper()
	all, err := listRoutes()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

var listRoutes = sync.OnceValues(func() ([]Route, error) {
	program, err := Build()
	if err != nil {
		return nil, err
	}
	out, err := exec.Command(program, "routes").Output()
	if err != nil {
		return nil, fmt.Errorf("stoa routes: %w", err)
	}
	var all []Route
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if len(fields) != 4 {
			return nil, fmt.Errorf("stoa routes: the line %q has %d fields, want 4", line, len(fields))
		}
		all = append(all, Route{fields[0], fields[1], fields[2], fields[3]})
	}
	return all, nil
})
