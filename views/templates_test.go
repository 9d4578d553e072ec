package views_test

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"
	"text/template/parse"

	"stoa/views"
)

// templates returns the names of the template files of all pages.
func templates(t *testing.T) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(views.FS, ".", func(path string, d fs.DirEntry, err error) error {
		if path == "mail" {
			return fs.SkipDir
		}
		if err == nil && !d.IsDir() {
			names = append(names, strings.TrimSuffix(path, ".html"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// The samples must reach all templates: a template that no page includes is unused,
// and one that no test executes may be broken.
func TestTemplates_AllExecuted(t *testing.T) {
	calls := map[string][]string{}
	for _, name := range templates(t) {
		calls[name] = includes(engine(t).Templates.Lookup(name).Tree.Root)
	}
	reached := map[string]bool{}
	var reach func(name string)
	reach = func(name string) {
		if reached[name] {
			return
		}
		reached[name] = true
		for _, next := range calls[name] {
			reach(next)
		}
	}
	for _, s := range pages(testUsers["plain"]) {
		render(t, s.name, s.page)
		reach(s.name)
	}
	for _, name := range templates(t) {
		if !reached[name] {
			t.Errorf("%s.html is never executed", name)
		}
	}
}

func includes(node parse.Node) []string {
	var names []string
	var walk func(parse.Node)
	lists := func(lists ...*parse.ListNode) {
		for _, list := range lists {
			if list == nil {
				continue
			}
			for _, n := range list.Nodes {
				walk(n)
			}
		}
	}
	walk = func(n parse.Node) {
		switch n := n.(type) {
		case *parse.ListNode:
			lists(n)
		case *parse.IfNode:
			lists(n.List, n.ElseList)
		case *parse.WithNode:
			lists(n.List, n.ElseList)
		case *parse.RangeNode:
			lists(n.List, n.ElseList)
		case *parse.TemplateNode:
			name, _, _ := strings.Cut(n.Name, "$htmltemplate") // the escaper's copies for another context
			names = append(names, name)
		}
	}
	walk(node)
	return names
}

// All names are global in the engine: of two definitions with the same name one
// would silently replace the other.
func TestTemplates_NoDefinitionTwice(t *testing.T) {
	seen := map[string]string{}
	define := regexp.MustCompile(`\{\{-?\s*(?:define|block)\s+"([^"]+)"`)
	for _, name := range templates(t) {
		text, err := fs.ReadFile(views.FS, name+".html")
		if err != nil {
			t.Fatal(err)
		}
		names := []string{name}
		for _, m := range define.FindAllStringSubmatch(string(text), -1) {
			if !strings.HasPrefix(m[1], name+"/") {
				t.Errorf("%s.html defines %q: name it by its path, %s/…", name, m[1], name)
			}
			names = append(names, m[1])
		}
		for _, n := range names {
			if other, taken := seen[n]; taken {
				t.Errorf("%q is defined in %s.html and in %s.html", n, other, name)
			}
			seen[n] = name
		}
	}
}

var forbidden = map[string]*regexp.Regexp{
	"inline style":        regexp.MustCompile(`(?i)\sstyle\s*=|<style\b`),
	"inline handler":      regexp.MustCompile(`(?i)\son[a-z]+\s*=`),
	"inline script":       regexp.MustCompile(`(?i)<script(?:>|\s(?:[^>s]|s[^r])*>)`),
	"evaluated attribute": regexp.MustCompile(`(?i)hx-on|hx-vars|"js:|javascript:|hx-trigger="[^"]*\[`),
	"another origin":      regexp.MustCompile(`(?i)(?:src|href|action)="(?:https?:)?//`),
	"layout":              regexp.MustCompile(`\{\{\s*embed`),
}

// The Content-Security-Policy of the pages allows none of these.
func TestTemplates_CleanUnderPolicy(t *testing.T) {
	for _, name := range templates(t) {
		text, err := fs.ReadFile(views.FS, name+".html")
		if err != nil {
			t.Fatal(err)
		}
		for what, pattern := range forbidden {
			if found := pattern.Find(text); found != nil {
				t.Errorf("%s.html has %s: %s", name, what, found)
			}
		}
	}
}
