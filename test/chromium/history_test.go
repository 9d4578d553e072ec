package chromium

import (
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"

	"stoa/test/rig"
)

// Chromium keeps whole pages for its back button, whatever their headers say,
// and its shell what it has in its cache. Neither may be seen when it is stale.
var browsers = map[string]starter{"kept": chromium, "cached": shell}

// Back presses the browser's back button; Forward the other one.
func (tab *Tab) Back() { tab.travel(-1) }

// Forward undoes Back.
func (tab *Tab) Forward() { tab.travel(1) }

func (tab *Tab) travel(by int64) {
	tab.T.Helper()
	history := call(tab, page.GetNavigationHistory, cdp.Empty{})
	to := history.CurrentIndex + by
	if to < 0 || to >= int64(len(history.Entries)) {
		tab.T.Fatalf("no page %d in the history of %d", to, len(history.Entries))
	}
	// A kept page is not loaded again by the browser, nor is one in its cache;
	// the page asks for it.
	tab.Follow("the page in the history", func() {
		call(tab, page.NavigateToHistoryEntry, page.NavigateToHistoryEntryParams{EntryID: history.Entries[to].ID})
	})
	tab.Await("a page from the server", `(([{ type, transferSize }]) => type !== "back_forward" || transferSize > 0)(performance.getEntriesByType("navigation"))`)
}

// travels returns how the tab came to each of its pages.
func (tab *Tab) travels() []page.NavigationType {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	return slices.Clone(tab.moves)
}

// TestHistory_KeepsPages makes sure that the browser under test keeps pages,
// and that a kept one is asked for anew.
func TestHistory_KeepsPages(t *testing.T) {
	t.Parallel()
	tab := openIn(t, chromium, shared(t))
	tab.Open("/")
	tab.Open("/register")
	tab.Back()
	if !slices.Contains(tab.travels(), page.NavigationTypeBackForwardCacheRestore) {
		t.Fatal("the browser keeps no pages: what the tests of its back button prove, they do not prove")
	}
	tab.At("/")
}

// TestHistory_SignOut looks for what was private with the back button.
func TestHistory_SignOut(t *testing.T) {
	t.Parallel()
	for name, browser := range browsers {
		t.Run(name, func(t *testing.T) {
			tab, person := newcomerIn(t, browser, shared(t))
			tab.Open("/dashboard")
			tab.Open("/settings/account")
			tab.Follow("the way out", func() { tab.Click(logoutForm + " button") })
			tab.At("/login")
			for range 2 {
				tab.Back()
				tab.Await("the door", `location.pathname === "/login"`)
				if text := ask[string](tab, `document.documentElement.outerHTML`); strings.Contains(text, person.Email) || strings.Contains(text, person.Name) {
					t.Errorf("after signing out the back button shows %q", tab.Text("body"))
				}
			}
		})
	}
}

// TestHistory_Forms goes back to forms that were sent.
func TestHistory_Forms(t *testing.T) {
	t.Parallel()
	for name, browser := range browsers {
		t.Run(name, func(t *testing.T) {
			tab, person := newcomerIn(t, browser, shared(t))
			tab.allow(status422...)
			tab.Open("/dashboard")
			tab.Open("/settings/profile")
			tab.Swap(profileForm, rig.Values{"name": ""}, summary)
			tab.Swap(profileForm, rig.Values{"name": "Somebody Else"}, "#viewer")
			tab.Back()
			tab.Await("the dashboard with the new name", `location.pathname === "/dashboard" && document.querySelector("main").innerText.includes("Somebody Else")`)
			tab.Forward()
			tab.Await("the form with what is saved", `location.pathname === "/settings/profile" && document.querySelector("main [name=name]").value === "Somebody Else"`)
			if tab.Has(summary) {
				t.Error("the refusal of before is shown again")
			}

			// A page that is left for a door and come back to: no form is sent twice.
			_, before := tab.count()
			tab.Follow("the way out", func() { tab.Click(logoutForm + " button") })
			tab.Submit(loginForm, rig.Values{"email": person.Email, "password": person.Password})
			tab.At("/dashboard")
			tab.Back()
			tab.Await("a page of somebody signed in", `document.querySelector('form[action="/logout"]') !== null`)
			if sent := posts(tab.since(before)); !slices.Equal(sent, []string{"/logout", "/login"}) {
				t.Errorf("sent %v, want one sign-out and one sign-in", sent)
			}
		})
	}
}

// TestHistory_NoScript sends a form without a script and reloads what comes: it
// is the page after it, which nothing sends again.
func TestHistory_NoScript(t *testing.T) {
	t.Parallel()
	tab, _ := newcomer(t, shared(t))
	tab.NoScript()
	tab.Open("/settings/profile")
	tab.Submit(profileForm, rig.Values{"name": "Once"})
	tab.says("saved")
	_, before := tab.count()
	tab.Follow("the page again", func() { call(tab, page.Reload, page.ReloadParams{}) })
	if sent := posts(tab.since(before)); len(sent) > 0 {
		t.Errorf("reloading sends %v again", sent)
	}
	if got := tab.Text("#flash"); got != "" {
		t.Errorf("reloading says %q again", got)
	}
}
