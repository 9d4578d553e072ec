package chromium

import (
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"

	"stoa/test/rig"
)

// Chromium keeps whole pages for its back button, regardless of their headers. Its
// headless shell keeps the responses in its cache. Neither may show a page of another
// session, or lose what was typed.
var browsers = map[string]starter{"kept": chromium, "cached": shell}

// Back presses the browser's back button.
func (tab *Tab) Back() { tab.travel(-1) }

// Forward presses the browser's forward button.
func (tab *Tab) Forward() { tab.travel(1) }

func (tab *Tab) travel(by int64) {
	tab.T.Helper()
	history := call(tab, page.GetNavigationHistory, cdp.Empty{})
	to := history.CurrentIndex + by
	if to < 0 || to >= int64(len(history.Entries)) {
		tab.T.Fatalf("no page %d in the history of %d", to, len(history.Entries))
	}
	before := len(tab.travels())
	call(tab, page.NavigateToHistoryEntry, page.NavigateToHistoryEntryParams{EntryID: history.Entries[to].ID})
	tab.wait("the page in the history", func() bool { return len(tab.travels()) > before })
	tab.Await("the page to be complete", `document.readyState === "complete"`)
}

// travels returns the type of each navigation of the tab.
func (tab *Tab) travels() []page.NavigationType {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	return slices.Clone(tab.moves)
}

// The browser keeps pages, without which the other tests prove nothing.
func TestHistory_KeepsPages(t *testing.T) {
	t.Parallel()
	tab := openIn(t, chromium, shared(t))
	tab.Open("/")
	tab.Open("/register")
	tab.Back()
	if !slices.Contains(tab.travels(), page.NavigationTypeBackForwardCacheRestore) {
		t.Fatal("the browser keeps no pages, so the tests of its back button prove nothing")
	}
	tab.At("/")
}

// The back button shows a form with what was typed, its count and a button that works, also
// after a sign-out and a sign-in of the same user in another tab. The form is then shown
// again, and not saved before the user sends it.
func TestHistory_KeepsTyped(t *testing.T) {
	t.Parallel()
	for name, browser := range browsers {
		t.Run(name, func(t *testing.T) {
			tab, user := newUserIn(t, browser, shared(t))
			tab.allow("status of 403")
			tab.Open("/settings/profile")
			tab.Type("[name=bio]", "typed, not saved")
			tab.Follow("the dashboard", func() { tab.Click("link=Home") })
			tab.Back()
			typed := func() {
				t.Helper()
				tab.Await("the typed bio", `document.querySelector("[name=bio]")?.value === "typed, not saved"`)
				tab.Await("its count", `document.querySelector("#bio-count").innerText === "1,984 characters left"`)
			}
			typed()
			tab.Forward()
			again := tab.App.Browser(t)
			again.SignIn(user)
			tab.Take(again)
			tab.Back()
			typed()
			tab.Follow("the form again", func() { tab.Click(profileForm + " button:not([type=button])") })
			typed()
			tab.awaitMessage("Nothing was changed")
			tab.Swap(profileForm, nil, profileForm)
			tab.awaitSaved("#profile", "Saved")
		})
	}
}

// After signing out, the back button shows no private page.
func TestHistory_SignOut(t *testing.T) {
	t.Parallel()
	for name, browser := range browsers {
		t.Run(name, func(t *testing.T) {
			tab, user := newUserIn(t, browser, shared(t))
			tab.Open("/dashboard")
			tab.Open("/settings/account")
			tab.Follow("the sign-out", func() { tab.Click(logoutForm + " button") })
			tab.At("/login")
			for range 2 {
				tab.Back()
				tab.Await("the sign-in page", `location.pathname === "/login"`)
				if text := evaluate[string](tab, `document.documentElement.outerHTML`); strings.Contains(text, user.Email) || strings.Contains(text, user.Name) {
					t.Errorf("after signing out the back button shows %q", tab.Text("body"))
				}
			}
		})
	}
}

// The back button sends no form again.
func TestHistory_Forms(t *testing.T) {
	t.Parallel()
	for name, browser := range browsers {
		t.Run(name, func(t *testing.T) {
			tab, user := newUserIn(t, browser, shared(t))
			tab.allow(status422...)
			tab.Open("/dashboard")
			tab.Open("/settings/profile")
			tab.Swap(profileForm, rig.Values{"name": ""}, summary)
			tab.Swap(profileForm, rig.Values{"name": "Somebody Else"}, "#viewer")

			// The user signs out, signs in and goes back: no form is sent twice.
			_, before := tab.count()
			tab.Follow("the sign-out", func() { tab.Click(logoutForm + " button") })
			tab.Submit(loginForm, rig.Values{"email": user.Email, "password": user.Password})
			tab.At("/dashboard")
			tab.Back()
			tab.Await("a page of a signed-in user", `document.querySelector('form[action="/logout"]') !== null`)
			if sent := posts(tab.since(before)); !slices.Equal(sent, []string{"/logout", "/login"}) {
				t.Errorf("sent %v, want one sign-out and one sign-in", sent)
			}
		})
	}
}

// Without JavaScript a form redirects after it is saved: reloading the page does
// not send it again.
func TestHistory_NoScript(t *testing.T) {
	t.Parallel()
	tab, _ := newUser(t, shared(t))
	tab.NoScript()
	tab.Open("/settings/profile")
	tab.Submit(profileForm, rig.Values{"name": "Once"})
	tab.awaitSaved("#profile", "Saved")
	_, before := tab.count()
	tab.Follow("the page again", func() { call(tab, page.Reload, page.ReloadParams{}) })
	if sent := posts(tab.since(before)); len(sent) > 0 {
		t.Errorf("reloading sends %v again, want nothing", sent)
	}
	if got := tab.Text("#flash"); got != "" {
		t.Errorf("reloading shows %q again", got)
	}
}
