package handlers_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"stoa/domain/domaintest"
	"stoa/domain/scope"
	"stoa/domain/signin"
)

const profile = "/settings/profile"

// renameForm returns the form that changes the name of the user to Eve.
func renameForm(token string) url.Values {
	form := url.Values{"name": {"Eve"}, "bio": {""}}
	if token != "" {
		form.Set("_csrf", token)
	}
	return form
}

func TestCSRF_WithoutToken(t *testing.T) {
	t.Parallel()
	s := start(t)
	c, p := s.signedIn(t)
	for why, token := range map[string]string{"none": "", "nonsense": "nonsense", "the cookie itself": c.cookie("stoa_session")} {
		wantStatus(t, why, c.send("POST", profile, renameForm(token)), 403)
	}
	inURL := profile + "?_csrf=" + url.QueryEscape(c.token(profile))
	wantStatus(t, "in the URL", c.send("POST", inURL, renameForm("")), 403)
	if got := s.name(t, p); got != p.Name {
		t.Errorf("name = %q, want it unchanged", got)
	}
	wantStatus(t, "the session's token", c.post(profile, profile, renameForm("")), 303)
	if got := s.name(t, p); got != "Eve" {
		t.Errorf("after a valid form name = %q, want Eve", got)
	}
}

// Media types are case-insensitive.
func TestCSRF_FormTypeInCapitals(t *testing.T) {
	t.Parallel()
	s := start(t)
	c, p := s.signedIn(t)
	form := renameForm(c.token(profile)).Encode()
	wantStatus(t, "in capitals", c.send("POST", profile, multi{"Application/X-WWW-Form-URLencoded; charset=UTF-8", form, false}), 303)
	if got := s.name(t, p); got != "Eve" {
		t.Errorf("name = %q, want Eve", got)
	}
}

func TestCSRF_TokenOfAnotherSession(t *testing.T) {
	t.Parallel()
	s := start(t)
	c, p := s.signedIn(t)
	other, _ := s.signedIn(t)
	for why, token := range map[string]string{"another user's": other.token(profile), "an anonymous client's": s.client(t).token("/login")} {
		wantStatus(t, why, c.send("POST", profile, renameForm(token)), 403)
	}
	if got := s.name(t, p); got != p.Name {
		t.Errorf("name = %q, want it unchanged", got)
	}
}

// A token from before the sign-in is invalid after it.
func TestCSRF_TokenFromBeforeSigningIn(t *testing.T) {
	t.Parallel()
	s := start(t)
	c, p := s.client(t), s.Register(t, signin.API).User
	form := url.Values{"email": {p.Email}, "password": {domaintest.Password}}
	wantStatus(t, "POST /login", c.post("/login", "/login", form), 303)
	wantStatus(t, "the token of the sign-in form", c.send("POST", profile, renameForm(form.Get("_csrf"))), 403)
}

// Sign-in needs a token too: an attacker must not sign a user in to the
// attacker's account.
func TestCSRF_FormsBeforeSignIn(t *testing.T) {
	t.Parallel()
	s := start(t)
	anonymous := s.client(t)
	anonymous.token("/login")
	form := url.Values{"email": {domaintest.Address()}, "password": {domaintest.Password}, "_csrf": {s.client(t).token("/login")}}
	wantStatus(t, "another client's", anonymous.send("POST", "/login", form), 403)
	wantStatus(t, "without the cookie it belongs to", s.client(t).send("POST", "/login", form), 403)
}

func TestCSRF_OtherOrigin(t *testing.T) {
	t.Parallel()
	s := start(t)
	c, p := s.signedIn(t)
	for _, from := range []header{
		{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "nonsense"},
		{"Origin": "https://evil.test"}, {"Origin": "http://stoa.test.evil.test"}, {"Origin": "http://evil.test:80@stoa.test.evil.test"},
	} {
		got := c.post(profile, profile, renameForm(""), from)
		wantStatus(t, "a valid token from "+from["Origin"]+from["Sec-Fetch-Site"], got, 403)
	}
	if got := s.name(t, p); got != p.Name {
		t.Errorf("name = %q, want it unchanged", got)
	}
	for _, from := range []header{{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://stoa.test"}, {}} {
		wantStatus(t, "a form from "+from["Origin"]+from["Sec-Fetch-Site"], c.post(profile, profile, renameForm(""), from), 303)
	}
}

// Sandboxed frames, and pages after a redirect, send the origin null.
func TestCSRF_OriginNull(t *testing.T) {
	t.Parallel()
	s := start(t)
	c, p := s.signedIn(t)
	wantStatus(t, "a valid token from null", c.post(profile, profile, renameForm(""), header{"Origin": "null"}), 403)
	if got := s.name(t, p); got != p.Name {
		t.Errorf("name = %q, want it unchanged", got)
	}
}

// A form that changes only the browser is accepted from every page of the site. The token
// of another user and that of a visitor end no session.
func TestHarmless_Tokens(t *testing.T) {
	t.Parallel()
	s := start(t)
	c, p := s.signedIn(t)
	other, _ := s.signedIn(t)
	visitors := s.client(t).token("/login")
	for path, tokens := range map[string]map[string]string{
		"/logout":         {"another user's": other.token(profile), "a visitor's": visitors, "nonsense": "nonsense"},
		"/settings/theme": {"nonsense": "nonsense"},
	} {
		for why, token := range tokens {
			wantStatus(t, path+" with "+why, c.send("POST", path, url.Values{"_csrf": {token}, "theme": {"dark"}}), 403)
		}
	}
	wantStatus(t, "a theme with another user's", c.send("POST", "/settings/theme", url.Values{"_csrf": {other.token(profile)}, "theme": {"dark"}}), 303)
	wantStatus(t, "a theme with a visitor's", c.send("POST", "/settings/theme", url.Values{"_csrf": {visitors}, "theme": {"dark"}}), 303)
	stale := c.token(profile)
	form := url.Values{"email": {p.Email}, "password": {domaintest.Password}}
	wantStatus(t, "signing in once more", c.post("/dashboard", "/login", form), 303)
	wantStatus(t, "a form of the session before", c.send("POST", profile, renameForm(stale)), 403)
	identifier := c.cookie("stoa_session")
	for range 2 {
		wantStatus(t, "a sign-out of the session before", c.send("POST", "/logout", url.Values{"_csrf": {stale}}), 303)
	}
	if s.name(t, p) != p.Name || s.opens(t, identifier) {
		t.Error("the stale form changed the name, or the sign-out ended no session")
	}
}

// The text of a form that was sent without a session returns to its user alone.
func TestKept_OfAnotherUser(t *testing.T) {
	t.Parallel()
	s := start(t)
	c, p := s.signedIn(t)
	eve := s.Register(t, signin.API).User
	passwords := url.Values{"_csrf": {c.token(profile)}, "current_password": {"typed"}, "password": {"a secret"}}
	form := renameForm(c.token(profile))
	form.Set("bio", "what was typed")
	wantStatus(t, "POST /logout", c.post("/dashboard", "/logout", url.Values{}), 303)
	wantStatus(t, "a form with passwords alone", c.send("POST", "/settings/password", passwords), 303)
	page := c.send("POST", profile, form)
	wantStatus(t, "a form without a session", page, 401)
	kept := regexp.MustCompile(`name="_kept" value="([^"]+)"`).FindStringSubmatch(page.body)
	if kept == nil || strings.Contains(page.body, "what was typed") {
		t.Fatalf("the sign-in form carries nothing, or the text in clear:\n%s", page.body)
	}
	for _, user := range []scope.User{eve, p} {
		b := s.client(t)
		got := b.post("/login", "/login", url.Values{"email": {user.Email}, "password": {domaintest.Password}, "_kept": {kept[1]}})
		want := map[bool]int{true: 200, false: 303}[user.ID == p.ID]
		wantStatus(t, "the sign-in", got, want)
		if has := strings.Contains(got.body, "what was typed"); has != (want == 200) {
			t.Errorf("%d with the text %v:\n%s", want, has, got.body)
		}
	}
	if got := s.name(t, p); got != p.Name {
		t.Errorf("name = %q, want it unchanged", got)
	}
}
