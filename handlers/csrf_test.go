package handlers_test

import (
	"net/url"
	"testing"

	"stoa/domain/domaintest"
	"stoa/domain/signin"
)

const profile = "/settings/profile"

// renamed is the form of somebody who renames the person to Eve.
func renamed(token string) url.Values {
	form := url.Values{"name": {"Eve"}, "bio": {""}}
	if token != "" {
		form.Set("_csrf", token)
	}
	return form
}

func TestCSRF_WithoutToken(t *testing.T) {
	t.Parallel()
	s := start(t)
	c, p := s.newcomer(t)
	for why, token := range map[string]string{"none": "", "nonsense": "nonsense", "the cookie itself": c.cookie("stoa_session")} {
		wantStatus(t, why, c.send("POST", profile, renamed(token)), 403)
	}
	inAddress := profile + "?_csrf=" + url.QueryEscape(c.token(profile))
	wantStatus(t, "in the address", c.send("POST", inAddress, renamed("")), 403)
	if got := s.name(t, p); got != p.Name {
		t.Errorf("name = %q, want it untouched", got)
	}
	wantStatus(t, "its own", c.post(profile, profile, renamed("")), 303)
	if got := s.name(t, p); got != "Eve" {
		t.Errorf("name = %q after a good form", got)
	}
}

// The name of a form's type may be written in letters of any size.
func TestCSRF_FormTypeInCapitals(t *testing.T) {
	t.Parallel()
	s := start(t)
	c, p := s.newcomer(t)
	form := renamed(c.token(profile)).Encode()
	wantStatus(t, "in capitals", c.send("POST", profile, multi{"Application/X-WWW-Form-URLencoded; charset=UTF-8", form, false}), 303)
	if got := s.name(t, p); got != "Eve" {
		t.Errorf("name = %q", got)
	}
}

func TestCSRF_TokenOfAnotherSession(t *testing.T) {
	t.Parallel()
	s := start(t)
	c, p := s.newcomer(t)
	other, _ := s.newcomer(t)
	for why, token := range map[string]string{"somebody else's": other.token(profile), "a visitor's": s.client(t).token("/login")} {
		wantStatus(t, why, c.send("POST", profile, renamed(token)), 403)
	}
	if got := s.name(t, p); got != p.Name {
		t.Errorf("name = %q, want it untouched", got)
	}
}

// What a page gave out before signing in is worth nothing after.
func TestCSRF_TokenFromBeforeSigningIn(t *testing.T) {
	t.Parallel()
	s := start(t)
	c, p := s.client(t), s.Register(t, signin.API).User
	form := url.Values{"email": {p.Email}, "password": {domaintest.Password}}
	wantStatus(t, "POST /login", c.post("/login", "/login", form), 303)
	wantStatus(t, "the token of the sign-in form", c.send("POST", profile, renamed(form.Get("_csrf"))), 403)
}

// Signing somebody in to a stranger's account is a change like any other.
func TestCSRF_VisitorsForms(t *testing.T) {
	t.Parallel()
	s := start(t)
	visitor := s.client(t)
	visitor.token("/login")
	form := url.Values{"email": {domaintest.Address()}, "password": {domaintest.Password}, "_csrf": {s.client(t).token("/login")}}
	wantStatus(t, "another visitor's", visitor.send("POST", "/login", form), 403)
	wantStatus(t, "without the cookie it belongs to", s.client(t).send("POST", "/login", form), 403)
}

func TestCSRF_OtherOrigin(t *testing.T) {
	t.Parallel()
	s := start(t)
	c, p := s.newcomer(t)
	for _, from := range []header{
		{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "nonsense"},
		{"Origin": "https://evil.test"}, {"Origin": "http://stoa.test.evil.test"}, {"Origin": "http://evil.test:80@stoa.test.evil.test"},
	} {
		got := c.post(profile, profile, renamed(""), from)
		wantStatus(t, "a good token from "+from["Origin"]+from["Sec-Fetch-Site"], got, 403)
	}
	if got := s.name(t, p); got != p.Name {
		t.Errorf("name = %q, want it untouched", got)
	}
	for _, from := range []header{{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://stoa.test"}, {}} {
		wantStatus(t, "a form from "+from["Origin"]+from["Sec-Fetch-Site"], c.post(profile, profile, renamed(""), from), 303)
	}
}

// Frames in a sandbox, and pages behind a redirect, send the origin null.
func TestCSRF_OriginNull(t *testing.T) {
	t.Parallel()
	s := start(t)
	c, p := s.newcomer(t)
	wantStatus(t, "a good token from null", c.post(profile, profile, renamed(""), header{"Origin": "null"}), 403)
	if got := s.name(t, p); got != p.Name {
		t.Errorf("name = %q, want it untouched", got)
	}
}
