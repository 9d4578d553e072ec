package rig

import (
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

// Route is one line of `stoa routes`.
type Route struct{ Method, Path, Group, Handler string }

func (r Route) String() string { return r.Method + " " + r.Path }

// Page reports whether the route shows a page that has no parameter in its path.
func (r Route) Page() bool {
	return r.Method == "GET" && !strings.Contains(r.Path, ":") && (r.Group == "public" || r.Group == "own" || r.Group == "development")
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
