package deployment

import (
	"crypto/tls"
	"io"
	"net/http"
	"os"
	"slices"
	"stoa/test/rig"
	"strings"
	"testing"
)

// proxies are the samples of deploy/, each started before two replicas.
var proxies = map[string]func(*rig.Proxies, testing.TB, *rig.App, *rig.App) *rig.Process{"nginx": (*rig.Proxies).Nginx, "Caddy": (*rig.Proxies).Caddy}

// startBehindProxy starts two replicas in production mode behind a proxy.
func startBehindProxy(t *testing.T, proxy string, env ...rig.Env) (f *rig.Proxies, one, two *rig.App) {
	t.Helper()
	f = rig.NewProxies(t)
	one = rig.Start(t, append([]rig.Env{f.Env()}, env...)...)
	two = one.Replica(t)
	proxies[proxy](f, t, one, two)
	return f, one, two
}

// fetch sends one request and returns the response and its body.
func fetch(t testing.TB, c *http.Client, method, url, body string, edits ...rig.Edit) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, edit := range edits {
		edit(req)
	}
	res, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(got)
}

func TestProxies(t *testing.T) {
	t.Parallel()
	for proxy := range proxies {
		t.Run(proxy, func(t *testing.T) {
			t.Parallel()
			f, one, two := startBehindProxy(t, proxy)
			for name, holds := range map[string]func(*testing.T, *rig.Proxies, ...*rig.App){
				"FromSignUpToSignOut": fromSignUpToSignOut, "ByHTTP": byHTTP, "ForgedClientAddress": forgedClientAddress,
				"OldTLS": oldTLS, "LargeBodies": largeBodies, "CompressNoSecrets": compressNoSecrets,
			} {
				t.Run(name, func(t *testing.T) { holds(t, f, one, two) })
			}
		})
	}
}

func fromSignUpToSignOut(t *testing.T, _ *rig.Proxies, apps ...*rig.App) {
	b, p := apps[0].RegisterBrowser(t)
	if b.Cookie("__Host-stoa_session") == nil {
		t.Error("no __Host-stoa_session")
	}
	for range 4 { // both replicas
		page := b.Open("/settings/profile").At("/settings/profile")
		if got := page.Header.Values("Strict-Transport-Security"); len(got) != 1 || !strings.HasPrefix(got[0], "max-age=31536000") {
			t.Errorf("Strict-Transport-Security = %q, want it once", got)
		}
		b.Submit(rig.ProfileForm, rig.Values{"name": "Ada King"}).At("/settings/profile")
	}
	b.Submit(rig.LogoutForm).Is(200)
	b.SignIn(p)
}

func byHTTP(t *testing.T, f *rig.Proxies, _ ...*rig.App) {
	res, _ := fetch(t, f.Client("127.0.0.1"), "GET", f.Plain+"/login?next=%2Fdashboard", "")
	to := res.Header.Get("Location") // without the port, which the proxy assumes to be 443
	if here := strings.HasPrefix(to, "https://localhost"); res.StatusCode != 308 || !here || !strings.HasSuffix(to, "/login?next=%2Fdashboard") {
		t.Errorf("%d to %q, want 308 to the same path by https", res.StatusCode, to)
	}
	if got := res.Header.Get("Server"); strings.ContainsAny(got, "0123456789") {
		t.Errorf("Server = %q, want no version", got)
	}
}

// The IP address in log and limits is that of the connection, whatever headers the
// client sends. No log contains a one-time token or a session.
func forgedClientAddress(t *testing.T, f *rig.Proxies, apps ...*rig.App) {
	const id = "forged-address-1"
	res, _ := fetch(t, f.Client("127.0.0.7"), "GET", f.Base+"/login?token=hush", "", rig.With("X-Request-ID", id),
		rig.With("X-Forwarded-For", "198.51.100.9, 127.0.0.1"), rig.With("X-Real-IP", "198.51.100.9"), rig.With("Forwarded", "for=198.51.100.9"),
		rig.With("X-Forwarded-Proto", "http"), rig.With("Referer", f.Base+"/reset-password?token=hush"), rig.With("Cookie", "__Host-stoa_session=hush"))
	if res.StatusCode != 200 || res.Header.Get("X-Request-ID") != id {
		t.Fatalf("GET /login = %d with id %q", res.StatusCode, res.Header.Get("X-Request-ID"))
	}
	lines := rig.RequestLines(t, id, apps...)
	if len(lines) != 1 || lines[0]["ip"] != "127.0.0.7" {
		t.Errorf("the program's log has %v, want one line with 127.0.0.7", lines)
	}
	var access string
	rig.Await(t, "the line in the proxy's log", func() bool {
		text, err := os.ReadFile(f.Path("stoa.log"))
		access = string(text)
		return err == nil && strings.Contains(access, id)
	})
	if !strings.Contains(access, `ip":"127.0.0.7"`) || strings.Contains(access, "hush") {
		t.Errorf("the proxy's log lacks the IP address, or contains a secret:\n%s", access)
	}
}

func oldTLS(t *testing.T, f *rig.Proxies, _ ...*rig.App) {
	dial := func(config *tls.Config) error {
		config.ServerName, config.RootCAs = "localhost", f.Roots
		conn, err := tls.Dial("tcp", "127.0.0.1:"+f.Ports["443"], config)
		if err == nil {
			conn.Close()
		}
		return err
	}
	for version, want := range map[uint16]bool{tls.VersionTLS10: false, tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		if err := dial(&tls.Config{MinVersion: version, MaxVersion: version}); (err == nil) != want {
			t.Errorf("%s: %v, want it accepted: %v", tls.VersionName(version), err, want)
		}
	}
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		// Ciphers without forward secrecy or AEAD are refused.
		good := strings.HasPrefix(suite.Name, "TLS_ECDHE_") && (strings.Contains(suite.Name, "_GCM_") || strings.Contains(suite.Name, "CHACHA20"))
		if slices.Contains(suite.SupportedVersions, tls.VersionTLS12) && !good &&
			dial(&tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{suite.ID}}) == nil {
			t.Errorf("%s is accepted", suite.Name)
		}
	}
}

// The proxy's limits are higher than the program's own, so that clients get the
// program's explanation.
func largeBodies(t *testing.T, f *rig.Proxies, apps ...*rig.App) {
	apps[0].API(t).Call("POST", "/api/auth/login", `{"email":"`+strings.Repeat("x", 3<<19)+`"}`).Refused(413, "too_large")
	for path, passes := range map[string]bool{"/settings/profile": false, "/settings/avatar": true} {
		res, body := fetch(t, f.Client("127.0.0.1"), "POST", f.Base+path, "bio="+strings.Repeat("x", 5<<19), rig.With("Content-Type", "application/x-www-form-urlencoded"))
		if passes && res.Header.Get("X-Request-ID") == "" || !passes && res.StatusCode != 413 {
			t.Errorf("POST %s of 2.5 MiB = %d %.80q, want it to reach the program: %v", path, res.StatusCode, body, passes)
		}
	}
}

// Responses with secrets are not compressed: their compressed length would reveal
// the content (BREACH).
func compressNoSecrets(t *testing.T, f *rig.Proxies, _ ...*rig.App) {
	p, packed := rig.NewUser(), rig.With("Accept-Encoding", "gzip")
	res, _ := fetch(t, f.Client("127.0.0.1"), "POST", f.Base+"/api/auth/register",
		`{"name":"`+p.Name+`","email":"`+p.Email+`","password":"`+p.Password+`"}`, packed, rig.With("Content-Type", "application/json"))
	if got := res.Header.Get("Content-Encoding"); res.StatusCode != 201 || got != "" {
		t.Errorf("a response with tokens: %d, Content-Encoding = %q", res.StatusCode, got)
	}
	if res, _ := fetch(t, f.Client("127.0.0.1"), "GET", f.Base+"/login", "", packed); res.Header.Get("Content-Encoding") != "gzip" {
		t.Error("a page is not compressed")
	}
}

// Two replicas are replaced one after the other under load. No request fails, and
// every acknowledged write is kept.
func TestProxies_RollingRestartLosesNothing(t *testing.T) {
	t.Parallel()
	for proxy := range proxies {
		t.Run(proxy, func(t *testing.T) {
			t.Parallel()
			_, one, two := startBehindProxy(t, proxy)
			load := rig.StartLoad(t, one, 4, 0)
			for _, app := range []*rig.App{one, two} {
				load.GoOn(t)
				app.Restart(t)
				load.GoOn(t)
			}
			load.StopAllServed(t)
		})
	}
}
