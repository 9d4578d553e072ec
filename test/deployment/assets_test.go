package deployment

import (
	"crypto/sha512"
	"encoding/base64"
	"net/url"
	"regexp"
	"slices"
	"stoa/test/rig"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// With ASSET_URL pages load their files from that URL, here a cache in front of
// /static. Browsers run only files with the content of this binary.
func TestAssets_FromAnotherOrigin(t *testing.T) {
	t.Parallel()
	f := rig.NewProxies(t)
	app := rig.Start(t, f.Env(), rig.Env{"ASSET_URL": f.Assets})
	f.Nginx(t, app, app)
	b, client := app.Browser(t), f.Client("127.0.0.1")
	page := b.Open("/login") // Open checks the policy of every page
	seen := 0
	page.Find(`link[href], script[src]`).Each(func(_ int, s *goquery.Selection) {
		address := s.AttrOr("href", s.AttrOr("src", ""))
		if rel := s.AttrOr("rel", ""); rel == "manifest" || rel == "canonical" {
			return // refers to pages of this host
		}
		seen++
		if !strings.HasPrefix(address, f.Assets+"/static/") {
			t.Errorf("the page loads %s", address)
			return
		}
		first, body := fetch(t, client, "GET", address, "")
		again, _ := fetch(t, client, "GET", address, "", rig.With("Cookie", "a=b"), rig.With("Accept-Encoding", "x"))
		h := again.Header
		if first.StatusCode != 200 || h.Get("X-Cache") != "HIT" || h.Get("Cache-Control") != "public, max-age=31536000, immutable" || h.Get("Set-Cookie") != "" {
			t.Errorf("%s: %d, then %v; want a cached response with a max-age of one year", address, first.StatusCode, h)
		}
		if h.Get("Access-Control-Allow-Origin") != "*" || h.Get("Cross-Origin-Resource-Policy") != "cross-origin" {
			t.Errorf("%s: pages of another origin may not load it: %v", address, h)
		}
		sum := sha512.Sum384([]byte(body))
		if got, held := s.Attr("integrity"); held && got != "sha384-"+base64.StdEncoding.EncodeToString(sum[:]) {
			t.Errorf("%s: integrity = %s, which does not match its content", address, got)
		} else if runs := goquery.NodeName(s) == "script" || s.AttrOr("rel", "") == "stylesheet"; runs && !held {
			t.Errorf("%s: no integrity", address)
		}
	})
	if seen < 6 {
		t.Errorf("only %d files seen", seen)
	}
	style := page.Find(`link[rel="stylesheet"]`).AttrOr("href", "")
	for _, packing := range []string{"gzip", "br"} {
		res, _ := fetch(t, client, "GET", style, "", rig.With("Accept-Encoding", packing))
		if got, vary := res.Header.Get("Content-Encoding"), res.Header.Get("Vary"); got != packing || vary != "Accept-Encoding" {
			t.Errorf("%s: Content-Encoding, Vary = %q, %q; want %s and Accept-Encoding", style, got, vary, packing)
		}
	}
	checkFont(t, f, app, style)
	for _, path := range []string{"/", "/login", "/api/openapi.json", "/health"} {
		if res, _ := fetch(t, client, "GET", f.Assets+path, ""); res.StatusCode != 404 {
			t.Errorf("GET %s at ASSET_URL = %d, want 404", path, res.StatusCode)
		}
	}
}

var fontURL = regexp.MustCompile(`url\(([^)]*\.woff2)\)`)

// checkFont fails unless the style sheet loads its font from the URL that the
// page preloads.
func checkFont(t *testing.T, f *rig.Proxies, app *rig.App, style string) {
	t.Helper()
	_, css := fetch(t, f.Client("127.0.0.1"), "GET", style, "")
	match := fontURL.FindStringSubmatch(css)
	base, err := url.Parse(style)
	if err != nil || match == nil {
		t.Fatalf("no font in %s, %v", style, err)
	}
	font, err := base.Parse(match[1])
	if err != nil {
		t.Fatal(err)
	}
	var preloaded []string
	app.Browser(t).Open("/login").Find(`link[rel="preload"]`).Each(func(_ int, s *goquery.Selection) {
		preloaded = append(preloaded, s.AttrOr("href", ""))
	})
	if !slices.Contains(preloaded, font.String()) {
		t.Errorf("the style sheet loads %s, the page preloads %q", font, preloaded)
	}
	if res, _ := fetch(t, f.Client("127.0.0.1"), "GET", font.String(), ""); res.StatusCode != 200 {
		t.Errorf("%s = %d", font, res.StatusCode)
	}
}
