package rig

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// Page is a response to a browser.
type Page struct {
	t      testing.TB
	Call   string
	URL    *url.URL
	Status int
	Header http.Header
	Body   string
	Via    []*Page // the redirects before it
	doc    *goquery.Document
}

// Is ends the test unless the page has the status.
func (p *Page) Is(status int) *Page {
	p.t.Helper()
	if p.Status != status {
		p.t.Fatalf("%s = %d, want %d\n%s", p.Call, p.Status, status, p.Text("body"))
	}
	return p
}

// At ends the test unless the status is 200 and the page has this path.
func (p *Page) At(path string) *Page {
	p.t.Helper()
	p.Is(http.StatusOK)
	if p.URL.Path != path {
		p.t.Fatalf("%s ended at %s, want %s", p.Call, p.URL.Path, path)
	}
	return p
}

// Leads ends the test unless the response is 303 to exactly this path of the site.
func (p *Page) Leads(to string) *Page {
	p.t.Helper()
	p.Is(http.StatusSeeOther)
	if got := p.Header.Get("Location"); got != to {
		p.t.Fatalf("%s redirects to %q, want %q", p.Call, got, to)
	}
	return p
}

// Refused ends the test unless the response is 422 with the form, a title that
// begins with "Error: ", and an error at exactly these fields.
func (p *Page) Refused(fields ...string) *Page {
	p.t.Helper()
	p.Is(http.StatusUnprocessableEntity)
	if title := p.Text("head title"); !strings.HasPrefix(title, "Error: ") {
		p.t.Errorf("%s: title %q, want it to begin with \"Error: \"", p.Call, title)
	}
	p.Find(`input[type="password"]`).Each(func(_ int, s *goquery.Selection) {
		if value := s.AttrOr("value", ""); value != "" {
			p.t.Errorf("%s: the page contains a password", p.Call)
		}
	})
	var got []string
	p.Find(`[aria-invalid="true"]`).Each(func(_ int, s *goquery.Selection) { got = append(got, s.AttrOr("name", "?")) })
	if strings.Join(got, " ") != strings.Join(fields, " ") {
		p.t.Fatalf("%s: errors at %q, want %q\n%s", p.Call, got, fields, p.Text("main"))
	}
	return p
}

// Find returns the elements that match selector.
func (p *Page) Find(selector string) *goquery.Selection {
	p.t.Helper()
	if p.doc == nil {
		doc, err := goquery.NewDocumentFromReader(strings.NewReader(p.Body))
		if err != nil {
			p.t.Fatalf("%s: %v", p.Call, err)
		}
		p.doc = doc
	}
	return p.doc.Find(selector)
}

// Text returns the text of the elements that match selector, with single spaces.
func (p *Page) Text(selector string) string {
	p.t.Helper()
	return strings.Join(strings.Fields(p.Find(selector).Text()), " ")
}

// Value returns the value of a field of the page.
func (p *Page) Value(name string) string {
	p.t.Helper()
	field := p.Find(`[name="` + name + `"]`).First()
	if field.Length() == 0 {
		p.t.Fatalf("%s: no field %s", p.Call, name)
	}
	if goquery.NodeName(field) == "textarea" {
		return field.Text()
	}
	return field.AttrOr("value", "")
}

// Cookie returns the cookie of that name that the response sets, or nil.
func (p *Page) Cookie(name string) *http.Cookie {
	for _, c := range (&http.Response{Header: p.Header}).Cookies() {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// pagePolicy is the Content-Security-Policy of every response. Only the origin of
// ASSET_URL may be added to it.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"

// checkHeaders fails the test unless the response has the headers of every response:
// page, redirect, error, static file.
func (p *Page) checkHeaders(secure bool, assets string) {
	p.t.Helper()
	policy := pagePolicy
	if assets != "" {
		for _, own := range []string{"script-src 'self'", "style-src 'self'", "font-src 'self'", "img-src 'self' data:"} {
			policy = strings.Replace(policy, own, own+" "+assets, 1)
		}
	}
	if strings.HasPrefix(p.URL.Path, "/dev/mail/") && p.Status == http.StatusOK {
		policy += "; frame-src 'self'" // the page shows an email in a frame
	}
	for name, want := range map[string]string{
		"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
		"Cross-Origin-Opener-Policy": "same-origin", "X-Frame-Options": "DENY", "X-Xss-Protection": "0",
	} {
		if got := p.Header.Get(name); got != want {
			p.t.Errorf("%s (%d): %s = %q, want %q", p.Call, p.Status, name, got, want)
		}
	}
	if p.Header.Get("Permissions-Policy") == "" {
		p.t.Errorf("%s (%d): no Permissions-Policy", p.Call, p.Status)
	}
	if !requestID.MatchString(p.Header.Get("X-Request-ID")) {
		p.t.Errorf("%s (%d): X-Request-ID = %q", p.Call, p.Status, p.Header.Get("X-Request-ID"))
	}
	if got := p.Header.Get("Strict-Transport-Security"); (got != "") != secure {
		p.t.Errorf("%s (%d): Strict-Transport-Security = %q with https %v", p.Call, p.Status, got, secure)
	}
	if got := p.Header.Get("Server") + p.Header.Get("X-Powered-By"); got != "" && got != "nginx" { // nginx always sends its name
		p.t.Errorf("%s (%d): Server and X-Powered-By are %q", p.Call, p.Status, got)
	}
}
