package views_test

import (
	"strings"
	"testing"

	"stoa/views"
)

const foreign = "ada@xn--bcher-kva.example" // ada@bücher.example

func TestAddress(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		foreign:                             "ada@bücher.example",
		"Ada@XN--BCHER-KVA.Example":         "Ada@bücher.example",
		"ada@xn--r8jz45g.xn--zckzah":        "ada@例え.テスト",
		"ada@xn--80aswg.xn--p1ai":           "ada@сайт.рф",
		"Ada@Example.com":                   "Ada@Example.com",
		"xn--bcher-kva@example.com":         "xn--bcher-kva@example.com",
		"xn--bcher-kva":                     "xn--bcher-kva",
		"ada@xn--pypal-4ve.com":             "ada@xn--pypal-4ve.com", // the first a is Cyrillic
		"ada@xn--a.example":                 "ada@xn--a.example",
		"ada@mail.xn--bcher-kva.co.example": "ada@mail.bücher.co.example",
		"":                                  "",
	} {
		if got := views.Address(in); got != want {
			t.Errorf("Address(%q) = %q, want %q", in, got, want)
		}
	}
}

// No page shows a domain as A-label, and the hidden user name of a form is the one
// that the user types at the sign-in. Text that was typed stays as it is.
func TestPages_ShowDomainsInUnicode(t *testing.T) {
	t.Parallel()
	for what, s := range pages(views.Viewer{Name: "Ada", Email: foreign}) {
		page := document(t, s)
		page.Find(`input[name="email"]`).RemoveAttr("value")
		if html, err := page.Html(); err != nil || strings.Contains(html, "xn--") {
			t.Errorf("%s shows the domain as xn--, %v", what, err)
		}
		if name := page.Find(`input[name="username"]`); name.Length() > 0 && name.AttrOr("value", "") != "ada@bücher.example" {
			t.Errorf("%s: the user name is %q", what, name.AttrOr("value", ""))
		}
	}
}

func TestMail_ShowsDomainsInUnicode(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds(t) {
		mail, err := emailTemplates(t).Render(kind, views.Email{URL: oneTime, NewEmail: foreign, Base: "https://stoa.test"})
		if err != nil {
			t.Fatal(err)
		}
		if both := mail.Text + mail.HTML; strings.Contains(both, "xn--") || kind == "email_undo" && strings.Count(both, "ada@bücher.example") != 2 {
			t.Errorf("%s shows the domain as xn--\n%s", kind, mail.Text)
		}
	}
}
