package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"stoa/domain/domaintest"
	"stoa/domain/signin"
)

// opens reports whether the identifier opens a session in a new browser.
func (s *site) opens(t *testing.T, identifier string) bool {
	t.Helper()
	got := s.client(t).send("GET", "/dashboard", nil, header{"Cookie": "stoa_session=" + identifier})
	if got.StatusCode != http.StatusOK && got.StatusCode != http.StatusSeeOther {
		t.Fatalf("GET /dashboard = %d, want 200, or 303 to sign in\n%.300s", got.StatusCode, got.body)
	}
	return got.StatusCode == http.StatusOK
}

func TestSession_ChosenIdentifier(t *testing.T) {
	t.Parallel()
	s := start(t)
	c, p := s.client(t), s.Register(t, signin.API).User
	chosen := strings.Repeat("A", 43)
	form := url.Values{"email": {p.Email}, "password": {domaintest.Password}, "_csrf": {c.token("/login")}}
	got := c.send("POST", "/login", form, header{"Cookie": "stoa_session=" + chosen + "; stoa_visitor=" + c.cookie("stoa_visitor")})
	wantStatus(t, "POST /login with a chosen identifier", got, 303)
	if c.cookie("stoa_session") == chosen || s.opens(t, chosen) {
		t.Error("the session has the chosen identifier")
	}
	if !s.opens(t, c.cookie("stoa_session")) {
		t.Error("the identifier of the response opens no session")
	}
}

func TestSignIn_EndsTheSessionBefore(t *testing.T) {
	t.Parallel()
	s := start(t)
	c, p := s.signedIn(t)
	before := c.cookie("stoa_session")
	form := url.Values{"email": {p.Email}, "password": {domaintest.Password}}
	wantStatus(t, "signing in once more", c.post("/dashboard", "/login", form), 303)
	if after := c.cookie("stoa_session"); after == before || !s.opens(t, after) {
		t.Error("the second sign-in has no new session")
	}
	if s.opens(t, before) {
		t.Error("the identifier from before signing in still opens a session")
	}
}

func TestSignOut_IdentifierOpensNothing(t *testing.T) {
	t.Parallel()
	s := start(t)
	c, _ := s.signedIn(t)
	identifier := c.cookie("stoa_session")
	wantStatus(t, "POST /logout", c.post("/dashboard", "/logout", url.Values{}), 303)
	if s.opens(t, identifier) {
		t.Error("the identifier still opens the session")
	}
}

func TestChangePassword_RenewsTheIdentifier(t *testing.T) {
	t.Parallel()
	s := start(t)
	c, _ := s.signedIn(t)
	before := c.cookie("stoa_session")
	form := url.Values{"current_password": {domaintest.Password}, "password": {"another long phrase"}}
	wantStatus(t, "POST /settings/password", c.post("/settings/password", "/settings/password", form), 303)
	if s.opens(t, before) {
		t.Error("the identifier from before the change still opens the session")
	}
	if !s.opens(t, c.cookie("stoa_session")) {
		t.Error("the new identifier does not open the session")
	}
}

func TestEndSession_OfSomebodyElse(t *testing.T) {
	t.Parallel()
	s := start(t)
	c, _ := s.signedIn(t)
	theirs, apiClient := s.Register(t, signin.Browser), s.Register(t, signin.API)
	path := "/settings/sessions/" + theirs.Session.ID.String() + "/revoke"
	wantStatus(t, "POST "+path, c.post("/settings/sessions", path, url.Values{}), 404)
	call := "/api/users/me/sessions/" + theirs.Session.ID.String()
	wantStatus(t, "DELETE "+call, c.send("DELETE", call, nil, bearer(apiClient)), 404)
	if _, ok, err := s.Sessions.Find(t.Context(), theirs.Session.Token); !ok || err != nil {
		t.Errorf("Find = %v, %v, want the session live", ok, err)
	}
}

// Text that is not an id is an unknown id.
func TestID_Malformed(t *testing.T) {
	t.Parallel()
	s := start(t)
	c, _ := s.signedIn(t)
	in := s.Register(t, signin.API)
	for _, id := range []string{"x", "0199f3c2", "%00", "00000000-0000-0000-0000-000000000000"} {
		wantStatus(t, "the page of "+id, c.post("/settings/sessions", "/settings/sessions/"+id+"/revoke", url.Values{}), 404)
		wantStatus(t, "the call of "+id, s.client(t).send("DELETE", "/api/users/me/sessions/"+id, nil, bearer(in)), 404)
	}
}
