package chromium

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"

	"stoa/test/rig"
)

// The largest transfer of a page, compressed by gzip, with the headers.
const (
	kib            = 1 << 10
	publicWeight   = 80 * kib
	appWeight      = 100 * kib
	repeatWeight   = 15 * kib
	fragmentWeight = 10 * kib
	scriptWeight   = 25_000
	styleWeight    = 15_000
	mostRequests   = 8
)

// TestWeight measures the transfer of each page in a browser with an empty cache,
// and again with the files of the first load in the cache.
func TestWeight(t *testing.T) {
	t.Parallel()
	app := shared(t)
	for _, s := range screens {
		if s.state || s.linked || strings.HasPrefix(s.name, "4") {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			path, most := s.budget()
			tab, user := s.tab(t, app)
			tab.gzip()
			if s.name == "sessions" {
				app.Browser(t).SignIn(user)
			}
			cold := tab.weigh(path)
			cold.atMost(t, "cold", most)
			warm := tab.weigh(path)
			warm.atMost(t, "again", repeatWeight)
			t.Logf("cold %s, again %s", cold, warm)
		})
	}
}

// budget returns the path of the page and its largest transfer in bytes.
func (s screen) budget() (path string, most int) {
	paths := map[string]string{"landing": "/", "register": "/register", "login": "/login", "reference": "/docs/api", "dashboard": "/dashboard", "forgot": "/forgot-password", "forgot sent": "/forgot-password/sent"}
	path, most = paths[s.name], publicWeight
	if path == "" {
		path = "/settings/" + s.name
	}
	if s.signedIn || s.name == "reference" {
		most = appWeight
	}
	return path, most
}

// gzip makes the browser accept gzip only.
func (tab *Tab) gzip() {
	tab.T.Helper()
	call(tab, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{
		Headers: network.Headers{"X-Forwarded-For": rig.Address(), "Accept-Encoding": "gzip"},
	})
}

// load is the transfer of a page.
type load struct {
	requests, bytes, script, style int
	uncompressed                   []string
}

func (l load) String() string {
	return fmt.Sprintf("%d requests, %.1f KiB (script %.1f, style %.1f)", l.requests, float64(l.bytes)/kib, float64(l.script)/kib, float64(l.style)/kib)
}

func (tab *Tab) weigh(path string) load {
	tab.T.Helper()
	_, before := tab.count()
	tab.Open(path)
	tab.wait("the whole page", func() bool {
		for _, r := range tab.since(before) {
			// The browser loads the icon of the tab before or after the page.
			if !r.Finished && !r.Cached && r.Type != network.ResourceTypeOther {
				return false
			}
		}
		return true
	})
	var l load
	for _, r := range tab.since(before) {
		if r.Cached || strings.HasPrefix(r.URL, "data:") {
			continue
		}
		l.requests++
		l.bytes += r.Bytes
		switch r.Type {
		case network.ResourceTypeScript:
			l.script += r.Bytes
		case network.ResourceTypeStylesheet:
			l.style += r.Bytes
		}
		text := r.Type == network.ResourceTypeScript || r.Type == network.ResourceTypeStylesheet || r.Type == network.ResourceTypeDocument
		if text && header(r.Header, "Content-Encoding") != "gzip" {
			l.uncompressed = append(l.uncompressed, r.path())
		}
	}
	return l
}

func header(h network.Headers, name string) string {
	for key, value := range h {
		if strings.EqualFold(key, name) {
			return fmt.Sprint(value)
		}
	}
	return ""
}

func (l load) atMost(t testing.TB, when string, most int) {
	t.Helper()
	if l.bytes > most || l.script > scriptWeight || l.style > styleWeight || l.requests > mostRequests {
		t.Errorf("%s: %s, want at most %d requests, %d KiB, script %d and style %d bytes", when, l, mostRequests, most/kib, scriptWeight, styleWeight)
	}
	if l.requests == 0 || l.bytes == 0 {
		t.Errorf("%s: no transfer was measured", when)
	}
	if len(l.uncompressed) > 0 {
		t.Errorf("%s: not compressed: %s", when, strings.Join(l.uncompressed, " "))
	}
}

// TestWeight_Fragments measures the responses that replace a part of a page.
func TestWeight_Fragments(t *testing.T) {
	t.Parallel()
	tab, user := newUser(t, shared(t))
	tab.gzip()
	tab.allow(status422...)
	for range 10 {
		tab.App.Browser(t).SignIn(user)
	}
	_, before := tab.count()
	tab.Open("/settings/profile")
	tab.Swap(profileForm, rig.Values{"name": "", "bio": strings.Repeat("word ", 400)}, summary)
	tab.Swap(profileForm, rig.Values{"name": "Ada"}, profileForm)
	tab.Open("/settings/sessions")
	tab.Replaces(sessionsForm, func() { tab.Click(`[formaction$="/revoke"]`) })
	var weighed int
	for _, r := range tab.since(before) {
		if r.Method != "POST" {
			continue
		}
		weighed++
		if r.Bytes > fragmentWeight || r.Bytes == 0 {
			t.Errorf("%s %d has %d bytes, want at most %d", r.path(), r.Status, r.Bytes, fragmentWeight)
		}
	}
	if weighed != 3 {
		t.Errorf("%d fragments were measured, want 3", weighed)
	}
}
