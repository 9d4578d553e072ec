package journeys

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/url"
	"stoa/test/rig"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
)

// A cache may store a page as a static file because of its extension. No path with
// such an extension returns a page.
func TestPages_HaveNoOtherNames(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, _ := app.RegisterBrowser(t)
	for _, path := range []string{
		"/dashboard/x.css", "/dashboard.css", "/dashboard/x.js", "/dashboard%2fx.css", "/dashboard;x.css", "/dashboard%00.css", "/settings/profile/x.png",
		"/Dashboard", "/nothing", "/admin", "/orgs", "/dev/mails",
		"/.env", "/.git/config", "/static", "/static/", "/static/nothing.css", "/static/../main.go", "/static/%2e%2e/%2e%2e/etc/passwd",
		"/debug/pprof/", "/wp-login.php",
	} {
		page := b.Fetch("GET", path, nil)
		if page.Status != 404 {
			t.Errorf("GET %s = %d, want 404", path, page.Status)
			continue
		}
		if text := page.Text("body"); !strings.Contains(text, page.Header.Get("X-Request-ID")) || page.Find("main a[href]").Length() == 0 {
			t.Errorf("GET %s: the page lacks its request id or a link to the next step", path)
		}
	}
}

func TestPages_ErrorsHaveTheirPages(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, _ := app.RegisterBrowser(t)
	form := b.Open("/settings/profile").Form(rig.ProfileForm).Fields
	big := url.Values{"_csrf": form["_csrf"], "name": {strings.Repeat("n", 2<<20)}}
	for status, page := range map[int]*rig.Page{
		403: b.Fetch("POST", "/settings/profile", url.Values{"name": {"x"}}),
		404: b.Fetch("GET", "/nothing", nil),
		405: b.Fetch("DELETE", "/dashboard", nil),
		413: b.Fetch("POST", "/settings/profile", big),
		415: b.Fetch("POST", "/settings/profile", form, rig.With("Content-Encoding", "gzip")),
		422: b.Fetch("POST", "/settings/theme", url.Values{"_csrf": form["_csrf"], "theme": {"pink"}}),
	} {
		page.Is(status)
		if kind := page.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/html") {
			t.Errorf("%d: Content-Type = %q, want a page", status, kind)
		}
		if page.Find("h1").Length() != 1 || page.Text("head title") == "" || !strings.Contains(page.Text("body"), page.Header.Get("X-Request-ID")) {
			t.Errorf("%d: the page lacks a heading, a title or its request id:\n%s", status, page.Text("body"))
		}
	}
}

// TestRoutes has the same rule for each route.
func TestPages_HeadIsGetWithoutABody(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, _ := app.RegisterBrowser(t)
	for _, path := range []string{"/nothing", "/health", stylesheet(t, b)} {
		get, head := b.Fetch("GET", path, nil), b.Fetch("HEAD", path, nil)
		if head.Status != get.Status || head.Body != "" || head.Header.Get("Content-Type") != get.Header.Get("Content-Type") {
			t.Errorf("HEAD %s = %d %q with %d bytes, GET %d %q", path, head.Status, head.Header.Get("Content-Type"), len(head.Body), get.Status, get.Header.Get("Content-Type"))
		}
	}
}

func TestPages_RequestID(t *testing.T) {
	t.Parallel()
	b := rig.Shared(t).Browser(t)
	for _, id := range []string{"abcdefgh", "A-request.id_42", strings.Repeat("x", 64)} {
		if got := b.Fetch("GET", "/login", nil, rig.With("X-Request-ID", id)).Header.Get("X-Request-ID"); got != id {
			t.Errorf("the response to X-Request-ID %q has %q", id, got)
		}
	}
	seen := map[string]bool{}
	for _, id := range []string{"", "short", strings.Repeat("x", 65), "has space", "<script>", "quote\"quote", "semi;colon", "umlaut-ä-umlaut", "slash/slash"} {
		got := b.Fetch("GET", "/nothing", nil, rig.With("X-Request-ID", id))
		made := got.Header.Get("X-Request-ID")
		if made == id || seen[made] {
			t.Errorf("the response to X-Request-ID %q has %q", id, made)
		}
		seen[made] = true
	}
}

func TestPages_AreCompressedFromAKibibyte(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, _ := app.RegisterBrowser(t)
	for _, path := range append(rig.Pages(t, "public", "own"), "/nothing") {
		plain := b.Fetch("GET", path, nil)
		for _, encoding := range []string{"gzip", "br"} {
			packed := b.Fetch("GET", path, nil, rig.With("Accept-Encoding", encoding))
			if len(plain.Body) <= 1024 || plain.Header.Get("Cache-Control") == "no-store" { // no-store pages have secrets
				continue
			}
			if got := packed.Header.Get("Content-Encoding"); got != encoding || !strings.Contains(strings.Join(packed.Header.Values("Vary"), ","), "Accept-Encoding") {
				t.Errorf("%s: Content-Encoding, Vary = %q, %q; want %s", path, got, packed.Header.Values("Vary"), encoding)
				continue
			}
			if head := b.Fetch("HEAD", path, nil, rig.With("Accept-Encoding", encoding)); head.Header.Get("Content-Encoding") != encoding {
				t.Errorf("HEAD %s: Content-Encoding = %q, want that of GET", path, head.Header.Get("Content-Encoding"))
			}
			if text := unpack(t, encoding, packed.Body); plain.Status == 200 && !strings.Contains(text, "</html>") || len(packed.Body) >= len(text) {
				t.Errorf("%s: %d bytes of %s unpack to %d", path, len(packed.Body), encoding, len(text))
			}
		}
		if got := b.Fetch("GET", path, nil, rig.With("Accept-Encoding", "gzip;q=0, identity")).Header.Get("Content-Encoding"); got != "" {
			t.Errorf("%s: Content-Encoding = %q for a client that refuses it", path, got)
		}
	}
}

func unpack(t *testing.T, encoding, body string) string {
	t.Helper()
	var r io.Reader = brotli.NewReader(strings.NewReader(body))
	if encoding == "gzip" {
		var err error
		if r, err = gzip.NewReader(strings.NewReader(body)); err != nil {
			t.Fatal(err)
		}
	}
	var text bytes.Buffer
	if _, err := io.Copy(&text, r); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func TestPages_NotesAreShownOnce(t *testing.T) {
	t.Parallel()
	b, _ := rig.Shared(t).RegisterBrowser(t)
	b.Open("/settings/profile")
	saved := b.Submit(rig.ProfileForm, rig.Values{"name": "Ada King"})
	if saved.Text("#profile .saved") == "" {
		t.Error("no message reports that the profile was saved")
	}
	if to := saved.Via[0].Header.Get("Location"); to != "/settings/profile#profile" {
		t.Errorf("the redirect leads to %s, want the form", to)
	}
	if again := b.Open("/settings/profile").Text(".saved"); again != "" {
		t.Errorf("the message %q is shown again", again)
	}
}
