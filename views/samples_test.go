package views_test

import (
	"strings"
	"testing"
	"time"

	"stoa/views"
)

var then = time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)

// testUsers has users with names that test layout and escaping.
var testUsers = map[string]views.Viewer{
	"plain":   {Name: "Ada Lovelace", Email: "ada@example.com"},
	"short":   {Name: "Z", Email: "z@example.com"},
	"long":    {Name: strings.Repeat("W", 100), Email: strings.Repeat("w", 242) + "@example.com"},
	"rtl":     {Name: "محمد بن عبد الله", Email: "m@example.com"},
	"emoji":   {Name: "🌿👩‍👩‍👧", Email: "leaf@example.com"},
	"hostile": {Name: hostile, Email: hostile},
}

const hostile = `"'><script>alert(1)</script><img src=x onerror=alert(1)>{{.}}javascript:`

func chrome(path string, v *views.Viewer) views.Chrome {
	return views.Chrome{
		Theme: "dark", CSRF: strings.Repeat("c", 86), RequestID: "0199f3c2-7a51-7c64-9b1e-5d2f8f1c0a34", Path: path, User: v, Origin: "https://stoa.example",
	}
}

// sample is one template with its data.
type sample struct {
	name string
	page any
}

// samples are pages by what they show, each also with refused input.
type samples map[string]sample

// sets are the samples of all resources.
var sets []func(views.Viewer) samples

// samplesOf adds the samples of a resource. Each resource has a file of its own.
func samplesOf(set func(views.Viewer) samples) bool {
	sets = append(sets, set)
	return true
}

// pages returns every page as the user sees it.
func pages(v views.Viewer) samples {
	all := samples{}
	for _, set := range sets {
		for what, s := range set(v) {
			if _, taken := all[what]; taken {
				panic("two samples are called " + what)
			}
			all[what] = s
		}
	}
	return all
}

var _ = samplesOf(func(v views.Viewer) samples {
	all := samples{}
	for status, heading := range map[int]string{403: v.Name, 404: "", 413: "", 422: "", 429: "", 500: "", 503: "", 418: ""} {
		page := views.Explain(status)
		page.RequestID, page.RetryAfter = "0199f3c2", 42*time.Second
		if heading != "" {
			page.Heading, page.Text, page.Action = heading, heading, views.Link{Label: heading, Href: heading}
		}
		all["error "+page.Heading] = sample{"errors/page", page}
		all["error message "+page.Heading] = sample{"errors/_message", page}
	}
	return all
})

// flashed returns the chrome of a fragment with a message.
func flashed(v views.Viewer) views.Chrome {
	c := chrome("/settings/sessions", &v)
	c.Flash, c.Partial, c.Dev = &views.Flash{Tone: views.Warn, Text: v.Name}, true, true
	return c
}

func refused(fields ...string) *views.Errors {
	errs := new(views.Errors)
	for _, field := range fields {
		errs.List = append(errs.List, views.FieldError{Field: field, Message: "Refused: " + hostile})
	}
	return errs
}

// render executes a template of the shared engine.
func render(t testing.TB, name string, page any) string {
	t.Helper()
	var out strings.Builder
	if err := engine(t).Render(&out, name, page); err != nil {
		t.Fatalf("Render(%s): %v", name, err)
	}
	return out.String()
}
