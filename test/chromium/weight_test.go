package chromium

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"

	"stoa/test/rig"
)

// The most bytes of transfers, compressed by gzip, with the headers.
const (
	kib             = 1 << 10
	documentWeight  = 10 * kib // of a page without its files
	operationWeight = kib      // more for each operation of the API reference
	fragmentWeight  = 10 * kib
	scriptWeight    = 25_000 // of all scripts that a page loads
	styleWeight     = 15_000
	mostRequests    = 8
)

// TestWeight_SharedFiles measures the scripts and styles, which all pages share.
func TestWeight_SharedFiles(t *testing.T) {
	t.Parallel()
	tab := open(t, shared(t))
	tab.gzip()
	l := tab.weigh("/")
	if l.script > scriptWeight || l.style > styleWeight || l.script == 0 || l.style == 0 {
		t.Errorf("%s, want at most %d bytes of script and %d of style: every page loads them. Remove what no page uses from static/src, or raise the constant in weight_test.go and give the reason there", l, scriptWeight, styleWeight)
	}
}

// isLight fails the test unless the page of the tab transfers few bytes to a
// browser with an empty cache, and its document alone when the page is loaded
// again. What other pages have does not matter.
func (tab *Tab) isLight() {
	tab.T.Helper()
	fresh := open(tab.T, tab.App)
	for _, c := range call(tab, network.GetCookies, network.GetCookiesParams{}).Cookies {
		fresh.Cookie(c.Name, c.Value)
	}
	fresh.gzip()
	path := tab.Path()
	cold, again := fresh.weigh(path), fresh.weigh(path)
	most := documentWeight + operationWeight*evaluate[int](tab, `document.querySelectorAll(".op").length`)
	if cold.document > most || again.document > most {
		tab.T.Errorf("the document of %s has %d bytes, want at most %d: show less, or in pages; the constants are in weight_test.go", path, cold.document, most)
	}
	if cold.requests > mostRequests {
		tab.T.Errorf("%s needs %d requests, want at most %d: load pictures with loading=lazy, and no more files", path, cold.requests, mostRequests)
	}
	if again.requests != 1 {
		tab.T.Errorf("%s loaded again needs %d requests, want its document alone: its files must be cacheable", path, again.requests)
	}
	if cold.document == 0 || again.document == 0 {
		tab.T.Errorf("%s: no transfer was measured", path)
	}
	if files := slices.Concat(cold.uncompressed, again.uncompressed); len(files) > 0 {
		tab.T.Errorf("%s: not compressed: %s", path, strings.Join(files, " "))
	}
	tab.T.Logf("%s: cold %s, again %s", path, cold, again)
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
	requests, bytes, document, script, style int
	uncompressed                             []string
}

func (l load) String() string {
	return fmt.Sprintf("%d requests, %.1f KiB (document %.1f, script %.1f, style %.1f)", l.requests, float64(l.bytes)/kib, float64(l.document)/kib, float64(l.script)/kib, float64(l.style)/kib)
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
		case network.ResourceTypeDocument:
			l.document += r.Bytes
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
