package chromium

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"

	"stoa/test/rig"
)

// What a page may weigh on the wire, packed by gzip, with the headers.
const (
	kib            = 1 << 10
	doorWeight     = 80 * kib
	appWeight      = 100 * kib
	repeatWeight   = 15 * kib
	fragmentWeight = 10 * kib
	scriptWeight   = 25_000
	styleWeight    = 15_000
	mostRequests   = 8
)

// TestWeight weighs the first sight of each page in a browser that has seen
// nothing of the site, and the second.
func TestWeight(t *testing.T) {
	t.Parallel()
	app := shared(t)
	for _, s := range screens {
		if s.state || s.linked || strings.HasPrefix(s.name, "4") {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			path, most := s.door()
			tab, person := s.visitor(t, app)
			tab.gzip()
			if s.name == "sessions" {
				app.Browser(t).SignIn(person)
			}
			cold := tab.weigh(path)
			cold.atMost(t, "cold", most)
			warm := tab.weigh(path)
			warm.atMost(t, "again", repeatWeight)
			t.Logf("cold %s, again %s", cold, warm)
		})
	}
}

// door returns the path of the page, and what it may weigh.
func (s screen) door() (path string, most int) {
	paths := map[string]string{"landing": "/", "register": "/register", "login": "/login", "reference": "/docs/api", "dashboard": "/dashboard", "forgot": "/forgot-password", "forgot sent": "/forgot-password/sent"}
	path, most = paths[s.name], doorWeight
	if path == "" {
		path = "/settings/" + s.name
	}
	if s.person || s.name == "reference" {
		most = appWeight
	}
	return path, most
}

// gzip has the browser ask for nothing better.
func (tab *Tab) gzip() {
	tab.T.Helper()
	call(tab, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{
		Headers: network.Headers{"X-Forwarded-For": rig.Address(), "Accept-Encoding": "gzip"},
	})
}

// load is what came over the wire for a page.
type load struct {
	requests, bytes, script, style int
	unpacked                       []string
}

func (l load) String() string {
	return fmt.Sprintf("%d requests, %.1f KiB (script %.1f, style %.1f)", l.requests, float64(l.bytes)/kib, float64(l.script)/kib, float64(l.style)/kib)
}

func (tab *Tab) weigh(path string) load {
	tab.T.Helper()
	_, before := tab.count()
	tab.Open(path)
	tab.wait("all of the page", func() bool {
		for _, r := range tab.since(before) {
			// The icon in the tab's ear comes when it likes.
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
			l.unpacked = append(l.unpacked, r.path())
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
		t.Errorf("%s: nothing was weighed", when)
	}
	if len(l.unpacked) > 0 {
		t.Errorf("%s: not packed: %s", when, strings.Join(l.unpacked, " "))
	}
}

// TestWeight_Fragments weighs the answers that change a part of a page.
func TestWeight_Fragments(t *testing.T) {
	t.Parallel()
	tab, person := newcomer(t, shared(t))
	tab.gzip()
	tab.allow(status422...)
	for range 10 {
		tab.App.Browser(t).SignIn(person)
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
			t.Errorf("%s %d weighs %d bytes, want at most %d", r.path(), r.Status, r.Bytes, fragmentWeight)
		}
	}
	if weighed != 3 {
		t.Errorf("%d fragments weighed, want 3", weighed)
	}
}
