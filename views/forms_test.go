package views_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"
)

func TestForms_PostWithToken(t *testing.T) {
	for what, s := range pages(testUsers["plain"]) {
		document(t, s).Find(`form[method="post"]`).Each(func(_ int, form *goquery.Selection) {
			if got := form.Find(`input[type="hidden"][name="_csrf"]`).AttrOr("value", ""); got != strings.Repeat("c", 86) {
				t.Errorf("%s: form %s has the token %q", what, form.AttrOr("action", ""), got)
			}
			if hx := form.AttrOr("hx-post", form.AttrOr("action", "")); hx != form.AttrOr("action", "") {
				t.Errorf("%s: htmx posts to %s, the browser to %s", what, hx, form.AttrOr("action", ""))
			}
			if form.Find("button[disabled], [hx-disable]").Length() != 0 {
				t.Errorf("%s: a button is disabled", what)
			}
		})
	}
}

// The sample "login refused" is the page of the sample "login" with refused input.
func TestForms_Refused(t *testing.T) {
	all := pages(testUsers["plain"])
	tested := 0
	for name, s := range all {
		what, refused := strings.CutSuffix(name, " refused")
		if !refused {
			continue
		}
		tested++
		doc := document(t, s)
		if fine, ok := all[what]; ok {
			wantNoErrors(t, what, document(t, fine))
		}
		if !strings.HasPrefix(doc.Find("title").Text(), "Error: ") {
			t.Errorf("%s refused: title = %q", what, doc.Find("title").Text())
		}
		if doc.Find(`[data-errors][autofocus][tabindex="-1"] [role="alert"] li`).Length() == 0 {
			t.Errorf("%s refused: no error summary with autofocus", what)
		}
		doc.Find("[data-errors] a").Each(func(_ int, link *goquery.Selection) {
			id := strings.TrimPrefix(link.AttrOr("href", ""), "#")
			field := doc.Find("#" + id)
			if field.AttrOr("aria-invalid", "") != "true" || !slices.Contains(strings.Fields(field.AttrOr("aria-describedby", "")), id+"-error") {
				t.Errorf("%s refused: #%s is not marked as invalid and described by its error", what, id)
			}
		})
		doc.Find(`input[type="password"]`).Each(func(_ int, field *goquery.Selection) {
			if _, has := field.Attr("value"); has {
				t.Errorf("%s refused: the response contains a password", what)
			}
		})
	}
	if tested < 9 {
		t.Errorf("%d samples are called \"… refused\", want those of all forms", tested)
	}
}

func wantNoErrors(t *testing.T, what string, doc *goquery.Document) {
	t.Helper()
	if n := doc.Find("[data-errors], [aria-invalid], .error").Length(); n != 0 || strings.HasPrefix(doc.Find("title").Text(), "Error") {
		t.Errorf("%s: shows errors without refused input", what)
	}
}

// Password managers use these attributes.
func TestForms_Autocomplete(t *testing.T) {
	want := map[string]map[string]string{
		"register": {"name": "name", "email": "username", "password": "new-password"},
		"login":    {"email": "username", "password": "current-password"},
		"password": {"username": "username", "current_password": "current-password", "password": "new-password"},
		"account":  {"username": "username", "current_password": "current-password"},
		"email":    {"username": "username", "email": "email", "current_password": "current-password"},
		"forgot":   {"email": "username"},
		"reset":    {"username": "username", "password": "new-password"},
	}
	for what, fields := range want {
		got := map[string]string{}
		document(t, pages(testUsers["plain"])[what]).Find("input[autocomplete]").Each(func(_ int, field *goquery.Selection) {
			got[field.AttrOr("name", "")] = field.AttrOr("autocomplete", "")
		})
		if diff := cmp.Diff(fields, got); diff != "" {
			t.Errorf("%s: autocomplete (-want +got):\n%s", what, diff)
		}
	}
}

// A form that is sent without a session is kept without the fields of these names.
func TestForms_PasswordsAreNamedSo(t *testing.T) {
	for what, s := range pages(testUsers["plain"]) {
		document(t, s).Find(`input[type="password"]`).Each(func(_ int, field *goquery.Selection) {
			if name := field.AttrOr("name", ""); !strings.Contains(strings.ToLower(name), "password") && !strings.HasPrefix(what, "kit") {
				t.Errorf("%s: the password %q needs \"password\" in its name", what, name)
			}
		})
	}
}
