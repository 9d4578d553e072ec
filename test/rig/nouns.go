package rig

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// Noun is a list to which a user adds items: by a page below its own, such as
// /bookmarks/new, and by a call of the same path below /api. Tests of rules for all
// nouns find them in the table of routes.
type Noun struct{ Page, Call string }

// Nouns returns the nouns of the program.
func Nouns(t testing.TB) []Noun {
	t.Helper()
	routes := map[string]Route{}
	for _, r := range Routes(t) {
		routes[r.String()] = r
	}
	var all []Noun
	for _, r := range Routes(t) {
		n := Noun{r.Path, "/api" + r.Path}
		if r.In("own") && r.Page() && routes["GET "+n.Page+"/new"].In("own") && routes["POST "+n.Call].In("own-calls") {
			all = append(all, n)
		}
	}
	return all
}

// Name returns the name of the noun.
func (n Noun) Name() string { return strings.ReplaceAll(strings.Trim(n.Page, "/"), "/", " ") }

// Create is the call that creates an item.
func (n Noun) Create() Route { return Route{Method: http.MethodPost, Path: n.Call} }

// Example returns the example of a new item, and the names of the fields that it
// requires.
func (n Noun) Example(a *App, t testing.TB) (map[string]any, []string) {
	t.Helper()
	fields, ok := a.Example(t, n.Create()).(map[string]any)
	if !ok {
		t.Fatalf("the example of %s is no object", n.Create())
	}
	return maps.Clone(fields), n.schema(a, t).Required
}

// Required returns the example without the fields that a new item may leave out, and
// these as rest.
func (n Noun) Required(a *App, t testing.TB) (required, rest map[string]any) {
	t.Helper()
	required, names := n.Example(a, t)
	rest = maps.Clone(required)
	maps.DeleteFunc(required, func(name string, _ any) bool { return !slices.Contains(names, name) })
	maps.DeleteFunc(rest, func(name string, _ any) bool { return slices.Contains(names, name) })
	return required, rest
}

// Saying returns a new item of which each required text says the same. URLs and the like
// stay.
func (n Noun) Saying(a *App, t testing.TB, text string) map[string]any {
	t.Helper()
	fields, _ := n.Required(a, t)
	for name, property := range n.schema(a, t).Properties {
		if _, ok := fields[name].(string); ok && isFree(property.Value) {
			fields[name] = text
		}
	}
	return fields
}

// Searched reports whether the list can be searched.
func (n Noun) Searched(a *App, t testing.TB) bool {
	t.Helper()
	return a.Operation(t, Route{Method: http.MethodGet, Path: n.Call}).Parameters.GetByInAndName("query", "q") != nil
}

func (n Noun) schema(a *App, t testing.TB) *openapi3.Schema {
	t.Helper()
	return a.Operation(t, n.Create()).RequestBody.Value.Content["application/json"].Schema.Value
}

// Long returns the example with texts as long as the fields allow, up to most characters
// without a space. URLs and the like stay.
func (n Noun) Long(a *App, t testing.TB, most int) map[string]any {
	t.Helper()
	fields, _ := n.Example(a, t)
	for name, property := range n.schema(a, t).Properties {
		if text, ok := fields[name].(string); ok {
			fields[name] = long(property.Value, text, most)
		}
		if list, ok := fields[name].([]any); ok && property.Value.Items != nil {
			list = slices.Clone(list)
			for i := range list {
				if text, ok := list[i].(string); ok {
					list[i] = long(property.Value.Items.Value, text, most)
				}
			}
			fields[name] = list
		}
	}
	return fields
}

func long(s *openapi3.Schema, text string, most int) string {
	if !isFree(s) {
		return text
	}
	if s.MaxLength != nil {
		most = min(most, int(*s.MaxLength))
	}
	return text + strings.Repeat("w", max(0, most-len(text)))
}

// isFree reports whether a text may say anything.
func isFree(s *openapi3.Schema) bool { return s.Enum == nil && s.Format == "" && s.Pattern == "" }

// Typed returns the example as a user types it into the form, which has the same names:
// the items of a list with spaces between them, and "on" for a checkbox. It leaves out
// what the form does not have.
func (n Noun) Typed(a *App, f Form) Values {
	f.page.t.Helper()
	typed := Values{}
	fields, _ := n.Example(a, f.page.t)
	for name, value := range fields {
		if f.known[name] {
			typed[name] = typedAs(value)
		}
	}
	return typed
}

func typedAs(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []any:
		items := make([]string, len(v))
		for i, item := range v {
			items[i] = typedAs(item)
		}
		return strings.Join(items, " ")
	case bool:
		if v {
			return "on"
		}
	}
	return ""
}
