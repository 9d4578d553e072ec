package journeys

import (
	"net/http"
	"stoa/test/rig"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

func stylesheet(t *testing.T, b *rig.Browser) string {
	t.Helper()
	path, ok := b.Open("/login").Find(`link[rel="stylesheet"]`).Attr("href")
	if !ok {
		t.Fatal("the page has no style sheet")
	}
	return path
}

func TestStatic_IsHashedPackedAndKeptForAYear(t *testing.T) {
	t.Parallel()
	b := rig.Shared(t).Browser(t)
	var paths []string
	b.Open("/login").Find(`link[rel="stylesheet"], link[rel="preload"], link[rel="icon"], script[src]`).Each(func(_ int, s *goquery.Selection) {
		paths = append(paths, s.AttrOr("href", s.AttrOr("src", "")))
	})
	if len(paths) < 4 {
		t.Fatalf("the page links only to %v", paths)
	}
	for _, path := range paths {
		plain := b.Fetch("GET", path, nil).Is(200)
		if got := plain.Header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
			t.Errorf("%s: Cache-Control = %q", path, got)
		}
		if cookies := plain.Header.Values("Set-Cookie"); len(cookies) > 0 {
			t.Errorf("%s sets cookies", path)
		}
		etag := plain.Header.Get("ETag")
		again := func(encoding, etag string) {
			t.Helper()
			for _, known := range []string{etag, "W/" + etag, `"other", ` + etag} {
				got := b.Fetch("GET", path, nil, rig.With("Accept-Encoding", encoding), rig.With("If-None-Match", known))
				if etag == "" || got.Status != http.StatusNotModified || got.Body != "" || got.Header.Get("Vary") != plain.Header.Get("Vary") || got.Header.Get("ETag") != etag {
					t.Errorf("%s: with the ETag %q again: %d, Vary %q, ETag %q, want 304 and those of the file", path, known, got.Status, got.Header.Get("Vary"), got.Header.Get("ETag"))
				}
			}
		}
		again("identity", etag)
		b.Fetch("GET", path, nil, rig.With("If-None-Match", `"other"`)).Is(200)
		if strings.HasSuffix(path, ".woff2") || len(plain.Body) <= 1024 {
			continue // already compressed, or too small
		}
		if got := b.Fetch("GET", path, nil, rig.With("Accept-Encoding", "gzip, deflate, br, zstd")).Header.Get("Content-Encoding"); got != "br" {
			t.Errorf("%s: a browser gets %q, want br", path, got)
		}
		for _, encoding := range []string{"gzip", "br"} {
			// Different bytes have a different ETag (RFC 9110 8.8.3.3).
			b.Fetch("GET", path, nil, rig.With("Accept-Encoding", encoding), rig.With("If-None-Match", etag)).Is(200)
			packed := b.Fetch("GET", path, nil, rig.With("Accept-Encoding", encoding))
			if got := packed.Header.Get("Content-Encoding"); got != encoding || packed.Header.Get("Vary") != "Accept-Encoding" {
				t.Errorf("%s: Content-Encoding, Vary = %q, %q; want %s", path, got, packed.Header.Get("Vary"), encoding)
			} else if unpack(t, encoding, packed.Body) != plain.Body {
				t.Errorf("%s: the %s content is that of another file", path, encoding)
			}
			again(encoding, packed.Header.Get("ETag"))
		}
	}
}

func TestStatic_FilesWithFixedNames(t *testing.T) {
	t.Parallel()
	b := rig.Shared(t).Browser(t)
	path, _ := b.Open("/").Find(`link[rel="manifest"]`).Attr("href")
	manifest := b.Fetch("GET", path, nil).Is(200)
	if kind := manifest.Header.Get("Content-Type"); !strings.HasPrefix(kind, "application/manifest+json") {
		t.Errorf("%s: Content-Type = %q", path, kind)
	}
	if got := manifest.Header.Get("Cache-Control"); strings.Contains(got, "immutable") {
		t.Errorf("%s: Cache-Control = %q for a fixed name", path, got)
	}
}

func TestStatic_OtherHashIs404(t *testing.T) {
	t.Parallel()
	b := rig.Shared(t).Browser(t)
	path := stylesheet(t, b)
	dot := strings.LastIndex(path, ".")
	b.Fetch("GET", path[:dot-1]+"0"+path[dot:], nil).Is(404)
}

func TestTheme_IsACookieRenderedByTheServer(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b := app.Browser(t)
	if got := b.Open("/login").Find("html").AttrOr("data-theme", ""); got != "system" {
		t.Errorf("data-theme = %q before a choice, want system", got)
	}
	for _, theme := range []string{"dark", "light", "system"} {
		b.Submit(rig.ThemeForm, rig.Values{"theme": theme}).At("/login")
		if got := b.Page.Find("html").AttrOr("data-theme", ""); got != theme {
			t.Errorf("data-theme = %q, want %s", got, theme)
		}
	}
	b.Submit(rig.ThemeForm, rig.Values{"theme": "dark"})
	b.Register(rig.NewUser())
	if got := b.Page.Find("html").AttrOr("data-theme", ""); got != "dark" {
		t.Errorf("data-theme = %q after signing in, want dark", got)
	}
	b.Submit(rig.LogoutForm)
	if got := b.Open("/nothing").Find("html").AttrOr("data-theme", ""); got != "dark" {
		t.Errorf("data-theme = %q on an error page, want dark", got)
	}
	if got := app.Browser(t).Fetch("GET", "/login", nil, rig.With("Cookie", `stoa_theme="><script>`)).Find("html").AttrOr("data-theme", ""); got != "system" {
		t.Errorf("data-theme = %q from a forged cookie", got)
	}
}

func TestTheme_LeadsBackToThePage(t *testing.T) {
	t.Parallel()
	b, _ := rig.Shared(t).RegisterBrowser(t)
	b.Open("/settings/sessions")
	b.Submit(rig.ThemeForm, rig.Values{"theme": "dark"}).At("/settings/sessions")
}
