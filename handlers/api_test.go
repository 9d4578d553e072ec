package handlers_test

import (
	"compress/gzip"
	"io"
	"strings"
	"testing"
	"time"

	"stoa/domain/domaintest"
	"stoa/domain/signin"
	"stoa/platform/limit"
)

// bearer returns the header of a signed-in API client.
func bearer(in signin.Result) header { return header{"Authorization": "Bearer " + in.Pair.Access} }

func TestRead_UnknownField(t *testing.T) {
	t.Parallel()
	s := start(t)
	in := s.Register(t, signin.API)
	for _, body := range []string{`{"name":"Eve","admin":"true"}`, `{"name":"Eve","email":"eve@example.com"}`, `{"Name":"Eve"}`} {
		got := s.client(t).send("PATCH", "/api/users/me", body, bearer(in))
		wantStatus(t, body, got, 422)
		if !strings.Contains(got.body, `"code":"unknown"`) {
			t.Errorf("%s: %s, want the name of the unknown field", body, got.body)
		}
	}
	if got := s.name(t, in.User); got != in.User.Name {
		t.Errorf("name = %q, want it unchanged", got)
	}
}

func TestBearer_CookieOpensNothing(t *testing.T) {
	t.Parallel()
	c, _ := start(t).signedIn(t)
	wantStatus(t, "with a cookie alone", c.send("GET", "/api/users/me", nil), 401)
	wantStatus(t, "with the cookie as a token", c.send("GET", "/api/users/me", nil, header{"Authorization": "Bearer " + c.cookie("stoa_session")}), 401)
}

func TestBearer_OpensNoPage(t *testing.T) {
	t.Parallel()
	s := start(t)
	in := s.Register(t, signin.API)
	wantStatus(t, "a page with a token", s.client(t).send("GET", "/dashboard", nil, bearer(in)), 303)
}

// A user has one count for all IP addresses.
func TestBearer_LimitPerUser(t *testing.T) {
	t.Parallel()
	s := start(t, func(c *settings) { c.gate.API = limit.Limit{Name: "api", Max: 3, Window: time.Hour} })
	in := s.Register(t, signin.API)
	for range 3 {
		wantStatus(t, "a request", s.client(t).send("GET", "/api/users/me", nil, bearer(in)), 200)
	}
	wantStatus(t, "the fourth request, from a fourth IP address", s.client(t).send("GET", "/api/users/me", nil, bearer(in)), 429)
}

func TestBearer_LimitOfForgedAddresses(t *testing.T) {
	t.Parallel()
	s := start(t, func(c *settings) { c.gate.API = limit.Limit{Name: "api", Max: 3, Window: time.Hour} })
	address := domaintest.Visitor().Request.Client
	send := func() response {
		c := s.client(t)
		return c.send("GET", "/api/openapi.json", nil, header{"X-Forwarded-For": c.addr + ", " + address}) // the proxy appends the last one
	}
	for range 3 {
		wantStatus(t, "a request", send(), 200)
	}
	wantStatus(t, "the fourth request of one client, with a forged IP address", send(), 429)
}

// The length of a compressed response would reveal its tokens (BREACH).
func TestCompress_Secrets(t *testing.T) {
	t.Parallel()
	s := start(t)
	long := strings.Repeat("\U0001F418", 100)
	compressed := header{"Accept-Encoding": "gzip"}
	body := `{"name":"` + long + `","email":"` + domaintest.Address() + `","password":"` + domaintest.Password + `"}`
	got := s.client(t).send("POST", "/api/auth/register", body, compressed)
	wantStatus(t, "register", got, 201)
	if encoding, kept := got.Header.Get("Content-Encoding"), got.Header.Get("Cache-Control"); encoding != "" || kept != "no-store" || len(got.body) < 1024 {
		t.Errorf("%d bytes with tokens: Content-Encoding %q, Cache-Control %q, want a kibibyte, none and no-store", len(got.body), encoding, kept)
	}
	if got := s.client(t).send("GET", "/api/openapi.json", nil, compressed).Header.Get("Content-Encoding"); got != "gzip" {
		t.Errorf("a response without tokens: Content-Encoding %q, want gzip", got)
	}
}

// Paths that only start like the API do not belong to it.
func TestAPI_SimilarPaths(t *testing.T) {
	t.Parallel()
	s := start(t, func(c *settings) {
		c.gate.Origins, c.gate.API = []string{"https://app.test"}, limit.Limit{Name: "api", Max: 100, Window: time.Minute}
	})
	for path, wanted := range map[string]bool{"/api/nothing": true, "/apis": false, "/api-keys": false} {
		got := s.client(t).send("GET", path, nil, header{"Origin": "https://app.test"})
		wantStatus(t, path, got, 404)
		if allowed, counted := got.Header.Get("Access-Control-Allow-Origin") != "", got.Header.Get("RateLimit") != ""; allowed != wanted || counted != wanted {
			t.Errorf("%s: other origins allowed %t, counted as an API request %t, want %t", path, allowed, counted, wanted)
		}
	}
}

func TestCORS_OtherOrigins(t *testing.T) {
	t.Parallel()
	s := start(t, func(c *settings) { c.gate.Origins = []string{"https://app.test"} })
	for origin, want := range map[string]string{
		"https://app.test": "https://app.test", "https://evil.test": "", "https://app.test.evil.test": "", "http://app.test": "", "null": "",
	} {
		got := s.client(t).send("GET", "/api/openapi.json", nil, header{"Origin": origin}).Header
		if got.Get("Access-Control-Allow-Origin") != want || got.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("Origin %s: allowed %q, credentials %q, want %q, none", origin,
				got.Get("Access-Control-Allow-Origin"), got.Get("Access-Control-Allow-Credentials"), want)
		}
	}
}

// withoutTokens returns the page without what differs in each response.
func withoutTokens(page string) string { return tokenField.ReplaceAllString(page, "") }

// The reference consists of three parts. Each kind of request gets one whole
// page.
func TestReference_IsOnePage(t *testing.T) {
	t.Parallel()
	c := start(t).client(t)
	plain := c.send("GET", "/docs/api", nil)
	if !strings.HasPrefix(plain.body, "<!doctype html>") || !strings.Contains(plain.body, `id="errors-not_found"`) || !strings.HasSuffix(plain.body, "</html>\n") {
		t.Errorf("the reference is %q … %q, want a whole page", plain.body[:min(len(plain.body), 80)], plain.body[max(0, len(plain.body)-80):])
	}
	for _, accepted := range []string{"gzip", "gzip, deflate, br, zstd"} {
		compressed := c.send("GET", "/docs/api", nil, header{"Accept-Encoding": accepted})
		unpack, err := gzip.NewReader(strings.NewReader(compressed.body))
		if err != nil {
			t.Fatalf("Accept-Encoding %q: %v", accepted, err)
		}
		text, err := io.ReadAll(unpack)
		if want := withoutTokens(plain.body); err != nil || withoutTokens(string(text)) != want {
			t.Errorf("decompressed it has %d bytes (%v), want the %d of the page", len(text), err, len(want))
		}
	}
	if head := c.send("HEAD", "/docs/api", nil); head.body != "" || head.ContentLength != int64(len(plain.body)) {
		t.Errorf("HEAD has a body of %d bytes and the length %d, want none and %d", len(head.body), head.ContentLength, len(plain.body))
	}
}
