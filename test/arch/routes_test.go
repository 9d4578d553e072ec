package arch_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	routeCall = regexp.MustCompile(`\b(\w+)\.(Get|Post|Put|Patch|Delete)\("([^"]*)", (?:signedIn, |public\(|own\()?[a-z]\.((?:\w+\.)?\w+)`)
	// groups has the path prefix of each variable on which routes are registered.
	groups = map[string]string{"app": "", "calls": "/api", "me": "/api/users/me"}
)

// ARCHITECTURE.md has a row for each route, with its handler.
func TestArchitecture_TableOfRoutes(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("../../handlers/routes*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		table, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range routeCall.FindAllStringSubmatch(string(table), -1) {
			found++
			row := "| " + strings.ToUpper(m[2]) + " " + groups[m[1]] + m[3] + " | "
			if !strings.Contains(string(text), row) {
				t.Errorf("ARCHITECTURE.md has no row %q; add it to the table of routes", row)
			} else if handler := row + "`" + m[4]; !strings.Contains(string(text), handler) && strings.Contains(m[4], ".") {
				t.Errorf("ARCHITECTURE.md has another handler than %s for %q", m[4], row)
			}
		}
	}
	if found < 50 {
		t.Errorf("%d routes were found in handlers/routes*.go, want at least 50", found)
	}
}
