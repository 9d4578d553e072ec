package journeys

import (
	"net/http"
	"stoa/test/rig"
	"strings"
	"testing"
)

// preflight sends the CORS preflight request of a browser for a script of origin.
func preflight(t *testing.T, app *rig.App, origin, path, method string) *rig.Page {
	t.Helper()
	return app.Browser(t).Fetch(http.MethodOptions, path, nil, rig.With("Origin", origin),
		rig.With("Access-Control-Request-Method", method), rig.With("Access-Control-Request-Headers", "authorization,content-type,traceparent,tracestate,baggage"), rig.With("Sec-Fetch-Site", "cross-site"))
}

func TestCORS_ListedOriginMayCall(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	c, _, _ := app.RegisterAPI(t)
	for _, method := range []string{"GET", "POST", "PATCH", "PUT", "DELETE"} {
		got := preflight(t, app, rig.ListedOrigin, "/api/users/me", method)
		if got.Status != 204 && got.Status != 200 {
			t.Errorf("preflight for %s: %d, want 204", method, got.Status)
		}
		if origin, methods := got.Header.Get("Access-Control-Allow-Origin"), got.Header.Get("Access-Control-Allow-Methods"); origin != rig.ListedOrigin || !strings.Contains(methods, method) {
			t.Errorf("preflight for %s allows %q %q", method, origin, methods)
		}
		headers := strings.ToLower(got.Header.Get("Access-Control-Allow-Headers"))
		for _, header := range []string{"authorization", "content-type", "traceparent", "tracestate", "baggage"} {
			if !strings.Contains(headers, header) {
				t.Errorf("preflight allows the headers %q, without %s", headers, header)
			}
		}
	}
	got := c.Get("/api/users/me", rig.With("Origin", rig.ListedOrigin)).Is(200)
	if origin := got.Header.Get("Access-Control-Allow-Origin"); origin != rig.ListedOrigin {
		t.Errorf("Access-Control-Allow-Origin = %q, want %q", origin, rig.ListedOrigin)
	}
	if exposed := got.Header.Get("Access-Control-Expose-Headers"); !strings.Contains(exposed, "RateLimit") || !strings.Contains(exposed, "X-Request-ID") {
		t.Errorf("exposed headers = %q", exposed)
	}
	failed := c.Bearer("").Get("/api/users/me", rig.With("Origin", rig.ListedOrigin)).Is(401)
	if origin := failed.Header.Get("Access-Control-Allow-Origin"); origin != rig.ListedOrigin {
		t.Errorf("a script cannot read the refusal: Access-Control-Allow-Origin = %q", origin)
	}
}

// Scripts of every site may read the public keys, and nothing else.
func TestCORS_KeysArePublic(t *testing.T) {
	t.Parallel()
	got := rig.Shared(t).API(t).Get("/.well-known/jwks.json", rig.With("Origin", "https://eve.example.com")).Is(200)
	if origin := got.Header.Get("Access-Control-Allow-Origin"); origin != "*" {
		t.Errorf("Access-Control-Allow-Origin = %q, want *", origin)
	}
}

// An app that shows web pages has an origin with a scheme of its own.
func TestCORS_OriginsOfApps(t *testing.T) {
	t.Parallel()
	app := rig.SharedWith(t, rig.Wide, rig.Env{"ALLOWED_ORIGINS": "capacitor://localhost,ionic://localhost,tauri://localhost,chrome-extension://abcdefghijklmnopabcdefghijklmnop"})
	c, _, _ := app.RegisterAPI(t)
	for origin := range strings.SplitSeq(app.Env["ALLOWED_ORIGINS"], ",") {
		preflight(t, app, origin, "/api/users/me", "GET").Is(204)
		got := c.Get("/api/users/me", rig.With("Origin", origin)).Is(200)
		if allowed := got.Header.Get("Access-Control-Allow-Origin"); allowed != origin {
			t.Errorf("origin %s: Access-Control-Allow-Origin = %q", origin, allowed)
		}
	}
}

func TestCORS_OthersMayNot(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	c, _, _ := app.RegisterAPI(t)
	for _, origin := range []string{
		"https://eve.example.com", "http://app.example.com", "https://app.example.com:444", "https://app.example.com.eve.net",
		"https://xapp.example.com", "null", "https://app.example.com/", "*", "file://",
	} {
		for _, got := range []http.Header{preflight(t, app, origin, "/api/users/me", "DELETE").Header, c.Get("/api/users/me", rig.With("Origin", origin)).Header} {
			if allowed := got.Get("Access-Control-Allow-Origin"); allowed != "" {
				t.Errorf("origin %s: Access-Control-Allow-Origin = %q, want none", origin, allowed)
			}
		}
	}
}

// Responses that differ by origin carry Vary: Origin. Otherwise a cache could
// return the response for one origin to another.
func TestCORS_VariesByOrigin(t *testing.T) {
	t.Parallel()
	c, _, _ := rig.Shared(t).RegisterAPI(t)
	if got := strings.Join(c.Get("/api/users/me", rig.With("Origin", rig.ListedOrigin)).Header.Values("Vary"), ","); !strings.Contains(got, "Origin") {
		t.Errorf("Vary = %q, want Origin in it", got)
	}
}

func TestCORS_PagesAreNoAPI(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, _ := app.RegisterBrowser(t)
	for _, path := range []string{"/", "/login", "/dashboard", "/health"} {
		got := b.Fetch(http.MethodGet, path, nil, rig.With("Origin", rig.ListedOrigin)).Header
		if allowed := got.Get("Access-Control-Allow-Origin") + got.Get("Access-Control-Allow-Credentials"); allowed != "" {
			t.Errorf("%s permits scripts of another origin: %q", path, allowed)
		}
	}
}

func TestCORS_NeverWithCredentials(t *testing.T) {
	t.Parallel()
	c, _, _ := rig.Shared(t).RegisterAPI(t)
	if got := c.Get("/api/users/me", rig.With("Origin", rig.ListedOrigin)).Header.Get("Access-Control-Allow-Credentials"); got != "" {
		t.Errorf("Access-Control-Allow-Credentials = %q, want none: the API accepts no cookies", got)
	}
}

func TestCORS_OffWithoutAList(t *testing.T) {
	t.Parallel()
	app := rig.SharedWith(t, limited)
	got := preflight(t, app, rig.ListedOrigin, "/api/users/me", "GET").Header.Get("Access-Control-Allow-Origin")
	got += app.API(t).Get("/api/openapi.json", rig.With("Origin", rig.ListedOrigin)).Header.Get("Access-Control-Allow-Origin")
	if got != "" {
		t.Errorf("Access-Control-Allow-Origin = %q without ALLOWED_ORIGINS", got)
	}
}
