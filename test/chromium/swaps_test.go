package chromium

import (
	"strings"
	"testing"

	"stoa/test/rig"
)

// swaps_test.go covers requests for a part of a page that do not return that part.

// After a session is revoked, the browser goes to the sign-in page and then back.
func TestSwap_SessionEnded(t *testing.T) {
	t.Parallel()
	app := shared(t)
	tab, user := newUser(t, app)
	tab.allow("status of 401")
	tab.Open("/settings/profile")
	other := app.Browser(t)
	other.SignIn(user)
	other.Open("/settings/sessions")
	other.Submit(sessionsForm).At("/settings/sessions")

	tab.Submit(profileForm, rig.Values{"name": "Never Saved"})
	if got := evaluate[string](tab, `location.pathname + location.search`); got != "/login?next=%2Fsettings%2Fprofile" {
		t.Fatalf("at %s, want the sign-in page that leads back to the profile", got)
	}
	tab.Submit(loginForm, rig.Values{"email": user.Email, "password": user.Password})
	tab.At("/settings/profile")
	if got := tab.Value("name"); got != user.Name {
		t.Errorf("the name is %q, want %q: the refused change must not happen later", got, user.Name)
	}
}

// A form from before the sign-in is refused with a message that describes what to
// do.
func TestSwap_OutdatedForm(t *testing.T) {
	t.Parallel()
	app := shared(t)
	tab := open(t, app)
	tab.allow("status of 403")
	tab.Open("/login")
	b, _ := app.RegisterBrowser(t)
	tab.Take(b)
	tab.Send(loginForm, rig.Values{"email": "ada@example.com", "password": "some password of hers"})
	tab.awaitMessage("out of date")
	tab.At("/login")
	if got := tab.Value("password"); got == "" {
		t.Error("the typed text is lost")
	}
	tab.seen("#flash .notice")
}

// seen waits until the whole element that selector finds is in the window.
func (tab *Tab) seen(selector string) {
	tab.T.Helper()
	tab.Await(selector+" to be in the window", `(e => { const r = e.getBoundingClientRect(); return r.height > 0 && r.top >= 0 && r.bottom <= innerHeight })(document.querySelector(%s))`, selector)
}

// A message at the top of the page is visible after a form at the bottom is saved
// on a phone.
func TestSwap_MessageIsSeen(t *testing.T) {
	t.Parallel()
	tab, user := newUser(t, shared(t))
	tab.allow(status422...)
	tab.Size(320, 480)
	tab.Open("/settings/profile")
	tab.Swap(profileForm, rig.Values{"bio": strings.Repeat("words\n\n", 100)}, profileForm)
	tab.awaitMessage("saved")
	tab.seen("#flash .notice")
	withOthers(tab, user)
	tab.Replaces(sessionsForm, func() { tab.Click(`tbody tr:last-child [formaction$="/revoke"]`) })
	tab.awaitMessage("signed out")
	tab.seen("#flash .notice")
	tab.keepsFocus("after ending the last session")

	tab.Open("/settings/profile")
	tab.Swap(profileForm, rig.Values{"name": ""}, summary)
	tab.seen(summary)
}
