package journeys

import (
	"net/http"
	"stoa/test/rig"
	"strings"
	"testing"
)

func TestAPI_UnknownPathsAreProblems(t *testing.T) {
	t.Parallel()
	c, _, _ := rig.Shared(t).RegisterAPI(t)
	for _, path := range []string{
		"/api", "/api/", "/api/nothing", "/api/users", "/api/users/me/", "/api/users/you", "/api/users/me/nothing", "/api/Users/Me",
		"/api/auth/second-factor", "/api/users/me%00", "/.well-known/nothing",
	} {
		got := c.Get(path)
		if got.Status != 404 {
			t.Errorf("GET %s = %d, want 404\n%s", path, got.Status, got.Body)
			continue
		}
		got.Refused(404, "not_found")
	}
}

func TestAPI_UnknownMethodsAreRefused(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	for _, method := range []string{"BREW", "get", "TRACE", "CONNECT", "PROPFIND"} {
		res, _ := app.Wire(t).Send(method + " /api/users/me HTTP/1.1\r\nHost: localhost\r\n\r\n").Read()
		if res == nil || res.StatusCode < 400 || res.StatusCode >= 500 {
			t.Errorf("%s: %v, want a 4xx", method, res)
		}
	}
}

func TestAPI_ACookieOpensNothing(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, _ := app.RegisterBrowser(t)
	session := b.Cookie("stoa_session")
	c := app.API(t)
	c.Get("/api/users/me", rig.With("Cookie", session.String())).Refused(401, "unauthenticated")
	c.Bearer(session.Value).Get("/api/users/me").Refused(401, "invalid_token")
	c.TryRefresh(session.Value).Refused(401, "refresh_token_invalid")
}

func TestAPI_ATokenOpensNoPage(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	_, _, tokens := app.RegisterAPI(t)
	b := app.Browser(t)
	b.Fetch(http.MethodGet, "/dashboard", nil, rig.With("Authorization", "Bearer "+tokens.Access)).Leads("/login?next=%2Fdashboard")
	for _, token := range []string{tokens.Access, tokens.Refresh} {
		b.Fetch(http.MethodGet, "/dashboard", nil, rig.With("Cookie", "stoa_session="+token)).Leads("/login?next=%2Fdashboard")
	}
}

func TestAPI_NoAnswerTellsWhatItRunsOn(t *testing.T) {
	t.Parallel()
	c, _, _ := rig.Shared(t).RegisterAPI(t)
	for _, a := range []*rig.Response{
		c.Get("/api/nothing"), c.Post("/api/auth/login", "{"), c.Post("/api/auth/register", `{"name":"\u0000"}`),
		c.Call("DELETE", "/api/users/me/sessions/'", nil), c.Bearer("x.y.z").Get("/api/users/me"),
	} {
		for _, word := range []string{"SQLSTATE", "goroutine", ".go:", "pgx", "fiber", "jsontext", "panic", "fasthttp"} {
			if strings.Contains(strings.ToLower(string(a.Body)), strings.ToLower(word)) {
				t.Errorf("%s: the body contains %q: %s", a.Call, word, a.Body)
			}
		}
	}
}

func TestAPI_ProblemTypeLinksToTheReference(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	p := app.API(t).Get("/api/nothing").Refused(404, "not_found")
	want := app.Base + "/docs/api#errors-not_found"
	if p.Type != want {
		t.Fatalf("type = %q, want %q", p.Type, want)
	}
	if n := app.Browser(t).Open("/docs/api").Is(200).Find("#errors-not_found").Length(); n != 1 {
		t.Errorf("the reference has %d elements #errors-not_found, want 1", n)
	}
}
