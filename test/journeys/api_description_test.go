package journeys

import (
	"stoa/test/rig"
	"strings"
	"testing"
)

// described returns every "METHOD /path" of openapi.json.
func described(t testing.TB) map[string]bool {
	t.Helper()
	doc, _, err := rig.Describe()
	if err != nil {
		t.Fatal(err)
	}
	calls := map[string]bool{}
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			calls[method+" "+path] = true
		}
	}
	return calls
}

func TestDescription_IsAboutThisServer(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	got := rig.Decode[map[string]any](app.API(t).Get("/api/openapi.json").Is(200))
	if servers := got["servers"].([]any); len(servers) != 1 || servers[0].(map[string]any)["url"] != app.Base {
		t.Errorf("servers = %v, want %s", servers, app.Base)
	}
}

func TestDescription_IsCompressed(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	got := app.Browser(t).Fetch("GET", "/api/openapi.json", nil, rig.With("Accept-Encoding", "gzip"))
	if got.Header.Get("Content-Encoding") != "gzip" || !strings.Contains(got.Header.Get("Vary"), "Accept-Encoding") {
		t.Errorf("Content-Encoding, Vary = %q, %q", got.Header.Get("Content-Encoding"), got.Header.Get("Vary"))
	}
}

func TestReferencePage_ShowsEveryCall(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	page := app.Browser(t).Open("/docs/api").Is(200)
	for call := range described(t) {
		method, path, _ := strings.Cut(call, " ")
		if text := page.Text("main"); !strings.Contains(text, method) || !strings.Contains(text, path) {
			t.Errorf("/docs/api does not show %s, which openapi.json describes: is its tag in tags?", call)
		}
	}
	if n := page.Find("script:not([src]), style, [style], [onclick]").Length(); n != 0 {
		t.Errorf("%d inline scripts or styles", n)
	}
}

func TestHealth_IsOpenAndUncounted(t *testing.T) {
	t.Parallel()
	app := rig.SharedWith(t, tight)
	c := app.API(t)
	for range 5 {
		c.Get("/health").Is(200)
		c.Get("/health/live").Is(200)
		c.Get("/.well-known/jwks.json").Is(200)
	}
	got := rig.Decode[struct {
		Status  string            `json:"status"`
		Version string            `json:"version"`
		Checks  map[string]string `json:"checks"`
	}](c.Get("/health"))
	if got.Checks["jobs"] != "ok" || got.Checks["database"] != "ok" || got.Checks["migrations"] != "ok" {
		t.Errorf("checks = %v", got.Checks)
	}
}
