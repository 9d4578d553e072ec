package handlers_test

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"stoa/domain/domaintest"
	"stoa/domain/signin"
	"stoa/static"
)

// https configures the site as behind a proxy that terminates TLS.
func https(c *settings) { c.transport.BaseURL = &url.URL{Scheme: "https", Host: "stoa.test"} }

func TestRequestID_Odd(t *testing.T) {
	t.Parallel()
	c := start(t).client(t)
	ours := regexp.MustCompile(`^[A-Za-z0-9._-]{8,64}$`)
	for _, odd := range []string{"", "short", "user_id=1 level=ERROR", `"},{"msg":"forged`, "<b>1234567</b>", strings.Repeat("a", 65), "ÄÖÜäöüßé"} {
		got := c.send("GET", "/health/live", nil, header{"X-Request-ID": odd}).Header.Get("X-Request-ID")
		if got == odd || !ours.MatchString(got) {
			t.Errorf("X-Request-ID %q is returned as %q, want a new one", odd, got)
		}
	}
	if got := c.send("GET", "/health/live", nil, header{"X-Request-ID": "client-0001"}).Header.Get("X-Request-ID"); got != "client-0001" {
		t.Errorf("X-Request-ID = %q, want the client's value", got)
	}
}

func TestBody_Compressed(t *testing.T) {
	t.Parallel()
	s := start(t)
	in := s.Register(t, signin.API)
	for _, encoding := range []string{"gzip", "br", "deflate", "zstd", "GZIP", "identity, gzip", "gzip, gzip", "x"} {
		got := s.client(t).send("PATCH", "/api/users/me", `{"name":"Eve"}`, bearer(in), header{"Content-Encoding": encoding})
		wantStatus(t, "a body that is "+encoding, got, 415)
	}
	if got := s.name(t, in.User); got != in.User.Name {
		t.Errorf("name = %q, want it unchanged", got)
	}
	wantStatus(t, "identity", s.client(t).send("PATCH", "/api/users/me", `{}`, bearer(in), header{"Content-Encoding": "identity"}), 200)
}

// Fiber uses the last of several Content-Encoding headers.
func TestBody_CompressedByASecondHeader(t *testing.T) {
	t.Parallel()
	s := start(t)
	in := s.Register(t, signin.API)
	var compressed bytes.Buffer
	w := gzip.NewWriter(&compressed)
	if _, err := w.Write([]byte(`{"name":"Eve"}`)); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	for _, first := range []string{"", "identity"} {
		req, err := http.NewRequestWithContext(t.Context(), "PATCH", s.URL+"/api/users/me", bytes.NewReader(compressed.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header = http.Header{
			"Content-Type": {"application/json"}, "Content-Encoding": {first, "gzip"}, "Authorization": {"Bearer " + in.Pair.Access},
		}
		res, err := s.client(t).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		wantStatus(t, "encodings "+first+" and gzip", response{Response: res}, 415)
	}
	if got := s.name(t, in.User); got != in.User.Name {
		t.Errorf("name = %q, want it unchanged", got)
	}
}

func TestBody_CrowdedForm(t *testing.T) {
	t.Parallel()
	c, _ := start(t).signedIn(t)
	token := c.token(profile)
	send := func(fields int, kind string) response {
		form := url.Values{"name": {"Eve"}, "_csrf": {token}}.Encode() + strings.Repeat("&", fields-2)
		return c.send("POST", profile, form, header{"Content-Type": kind})
	}
	const kind = "application/x-www-form-urlencoded"
	wantStatus(t, "100 fields", send(100, kind), 303)
	for _, kind := range []string{kind, kind + "; charset=utf-8", kind + "-or-so"} {
		wantStatus(t, "101 fields as "+kind, send(101, kind), 413)
	}
}

func TestHeaders_OnEveryAnswer(t *testing.T) {
	t.Parallel()
	s := start(t, https)
	for _, path := range []string{"/login", "/dashboard", "/nothing", "/api/users/me", "/api/nothing", "/health/live", "/.well-known/jwks.json"} {
		h := s.client(t).send("GET", path, nil).Header
		policy := h.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'; script-src 'self'; style-src 'self';") || strings.Contains(policy, "unsafe") ||
			!strings.Contains(policy, "frame-ancestors 'none'") || !strings.Contains(policy, "base-uri 'none'") {
			t.Errorf("GET %s: Content-Security-Policy = %q, want our own files only", path, policy)
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin",
			"Cross-Origin-Opener-Policy": "same-origin", "Strict-Transport-Security": "max-age=31536000",
		} {
			if got := h.Get(name); !strings.HasPrefix(got, want) {
				t.Errorf("GET %s: %s = %q, want %q", path, name, got, want)
			}
		}
	}
}

// The policy allows the origin of a CDN for static files only.
func TestHeaders_AssetOrigin(t *testing.T) {
	t.Parallel()
	const cdn = "https://cdn.test"
	s := start(t, func(c *settings) { c.transport.Assets = cdn })
	got := map[string]string{}
	for _, directive := range strings.Split(s.client(t).send("GET", "/login", nil).Header.Get("Content-Security-Policy"), "; ") {
		name, sources, _ := strings.Cut(directive, " ")
		got[name] = sources
	}
	want := map[string]string{
		"default-src": "'none'", "script-src": "'self' " + cdn, "style-src": "'self' " + cdn, "img-src": "'self' data: " + cdn,
		"font-src": "'self' " + cdn, "connect-src": "'self'", "form-action": "'self'", "base-uri": "'none'",
		"frame-ancestors": "'none'", "manifest-src": "'self'",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Content-Security-Policy (-want +got):\n%s", diff)
	}
}

// Other origins may load the static files only with a CDN.
func TestAssets_OfOtherSites(t *testing.T) {
	t.Parallel()
	for origin, want := range map[string]string{"": "same-origin", "https://cdn.test": "* cross-origin"} {
		s := start(t, func(c *settings) { c.transport.Assets = origin })
		for path, want := range map[string]string{static.URL("app.css"): want, static.URL("instrument-sans.woff2"): want, "/login": "same-origin"} {
			h := s.client(t).send("GET", path, nil).Header
			got := strings.TrimSpace(h.Get("Access-Control-Allow-Origin") + " " + h.Get("Cross-Origin-Resource-Policy"))
			if got != want {
				t.Errorf("assets at %q, GET %s: allowed origin and policy = %q, want %q", origin, path, got, want)
			}
		}
	}
}

func TestPages_PrivateCache(t *testing.T) {
	t.Parallel()
	c, _ := start(t).signedIn(t)
	for _, path := range []string{"/dashboard", profile, "/settings/sessions", "/", "/login"} { // the last two redirect
		if got := c.send("GET", path, nil).Header.Get("Cache-Control"); got != "private, no-cache" {
			t.Errorf("GET %s: Cache-Control = %q, want private, no-cache", path, got)
		}
	}
}

// The cookie jar does not send a Secure cookie over the http of this test.
func TestCookies_OverHTTPS(t *testing.T) {
	t.Parallel()
	s := start(t, https)
	c, p := s.client(t), s.Register(t, signin.API).User
	page := c.send("GET", "/login", nil)
	form := url.Values{"email": {p.Email}, "password": {domaintest.Password}, "_csrf": {tokenField.FindStringSubmatch(page.body)[1]}}
	csrfCookie := page.Cookies()[0]
	got := c.send("POST", "/login", form, header{"Cookie": csrfCookie.Name + "=" + csrfCookie.Value})
	wantStatus(t, "POST /login", got, 303)
	names := map[string]bool{}
	for _, cookie := range append(got.Cookies(), csrfCookie) {
		names[cookie.Name] = true
		// The device cookie is protected by its MACs.
		if !strings.HasPrefix(cookie.Name, "__Host-") && cookie.Name != "stoa_device" || cookie.Path != "/" || cookie.Domain != "" {
			t.Errorf("cookie %s of %s%s, want a cookie of this host alone", cookie.Name, cookie.Domain, cookie.Path)
		}
		if !cookie.Secure || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode {
			t.Errorf("cookie %s: Secure %v, HttpOnly %v, SameSite %v, want all three", cookie.Name, cookie.Secure, cookie.HttpOnly, cookie.SameSite)
		}
	}
	if !names["__Host-stoa_session"] || !names["stoa_device"] {
		t.Errorf("cookies = %v, want the session and device cookies", names)
	}
}

func TestSecure_ForwardedProtoOfAStranger(t *testing.T) {
	t.Parallel()
	production := func(c *settings) { c.transport.Production = true }
	untrusted := func(c *settings) { c.transport.Trusted = nil }
	byHTTP := header{"X-Forwarded-Proto": "http"}
	wantStatus(t, "http from an untrusted peer", start(t, https, production, untrusted).client(t).send("GET", "/login", nil, byHTTP), 200)
	got := start(t, https, production).client(t).send("GET", "/login?next=%2Fx", nil, byHTTP)
	wantStatus(t, "http from the proxy", got, 308)
	if to := got.Header.Get("Location"); to != "https://stoa.test/login?next=%2Fx" {
		t.Errorf("Location = %q, want the same path and query by https", to)
	}
	for proto, want := range map[string]int{"HTTP": 308, "http,http": 308, "https,http": 200, "http, https": 200, "https": 200, "": 200} {
		wantStatus(t, "X-Forwarded-Proto: "+proto, start(t, https, production).client(t).send("GET", "/login", nil, header{"X-Forwarded-Proto": proto}), want)
	}
}

// Each of two trusted proxies appends how its client connected. What the first proxy
// wrote counts, also if the connection between the proxies is another.
func TestSecure_ForwardedProtoOfAChain(t *testing.T) {
	t.Parallel()
	site := start(t, https, func(c *settings) { c.transport.Production = true })
	for proto, want := range map[string]int{"https,http": 200, "http,https": 308, "http,http": 308, "https,https": 200, "https": 200, "http": 308, "https,http,https": 200, "": 200} {
		chain := header{"X-Forwarded-Proto": proto, "X-Forwarded-For": "198.51.100.7, 127.0.0.1"}
		wantStatus(t, "X-Forwarded-Proto of two proxies: "+proto, site.client(t).send("GET", "/login", nil, chain), want)
	}
}

func TestLogin_NextOnAnotherHost(t *testing.T) {
	t.Parallel()
	c, _ := start(t).signedIn(t)
	for _, next := range []string{"https://evil.test/", "//evil.test", `/\evil.test`, "/%2F/evil.test", "/\t/evil.test"} {
		got := c.send("GET", "/login?next="+url.QueryEscape(next), nil)
		if to := got.Header.Get("Location"); to != "/dashboard" {
			t.Errorf("with next=%q a signed-in user is redirected to %q, want /dashboard", next, to)
		}
	}
}
