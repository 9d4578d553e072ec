package views_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"stoa/views"
)

var _ = samplesOf(func(v views.Viewer) samples {
	return samples{
		"search":             {"accounts/search", views.SearchPage{Chrome: chrome("/search", &v)}},
		"search that finds":  {"accounts/search", views.SearchPage{Chrome: chrome("/search", &v), Typed: "Sess"}},
		"search for nothing": {"accounts/search", views.SearchPage{Chrome: chrome("/search", &v), Typed: v.Name + hostile}},
	}
})

func TestSearch_ByLabelAndWords(t *testing.T) {
	for typed, want := range map[string][]views.Found{
		"SESSION": {{Label: "Settings", Links: []views.Link{{Label: "Sessions", Href: "/settings/sessions"}}}},
		"delete":  {{Label: "Settings", Links: []views.Link{{Label: "Account", Href: "/settings/account"}}}},
		"api":     {{Label: "Help", Links: []views.Link{{Label: "API reference", Href: "/docs/api"}}}},
		"nothing": nil,
	} {
		if diff := cmp.Diff(want, views.SearchPage{Typed: typed}.Found()); diff != "" {
			t.Errorf("%q (-want +got):\n%s", typed, diff)
		}
	}
	if all := (views.SearchPage{}).Found(); len(all) != 3 {
		t.Errorf("before something is typed there are %d groups, want 3", len(all))
	}
}

func TestPageName(t *testing.T) {
	for path, want := range map[string]string{
		"/settings/sessions": "Sessions", "/settings/sessions/7/revoke": "Sessions", "/settings/profile?x=1": "Profile",
		"/settings/other": "Settings", "/dashboard": "Home", "/elsewhere": "", "/": "", "": "",
	} {
		if got := views.PageName(path); got != want {
			t.Errorf("PageName(%q) = %q, want %q", path, got, want)
		}
	}
}
