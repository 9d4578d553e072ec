package chromium

import (
	"strings"
	"testing"

	"stoa/test/rig"
)

// swaps_test.go has what happens to a part of a page when its answer is not
// the one it hoped for.

// TestSwap_SessionEnded leads somebody whose session has ended elsewhere to the
// door and back.
func TestSwap_SessionEnded(t *testing.T) {
	t.Parallel()
	app := shared(t)
	tab, person := newcomer(t, app)
	tab.allow("status of 401")
	tab.Open("/settings/profile")
	other := app.Browser(t)
	other.SignIn(person)
	other.Open("/settings/sessions")
	other.Submit(sessionsForm).At("/settings/sessions")

	tab.Submit(profileForm, rig.Values{"name": "Never Saved"})
	if got := ask[string](tab, `location.pathname + location.search`); got != "/login?next=%2Fsettings%2Fprofile" {
		t.Fatalf("at %s, want the door that leads back to the profile", got)
	}
	tab.Submit(loginForm, rig.Values{"email": person.Email, "password": person.Password})
	tab.At("/settings/profile")
	if got := tab.Value("name"); got != person.Name {
		t.Errorf("the name is %q, want %q: what was refused is not carried out later", got, person.Name)
	}
}

// TestSwap_OutdatedForm says what to do with a form from before a sign-in.
func TestSwap_OutdatedForm(t *testing.T) {
	t.Parallel()
	app := shared(t)
	tab := open(t, app)
	tab.allow("status of 403")
	tab.Open("/login")
	b, _ := app.RegisterBrowser(t)
	tab.Take(b)
	tab.Send(loginForm, rig.Values{"email": "ada@example.com", "password": "some password of hers"})
	tab.says("out of date")
	tab.At("/login")
	if got := tab.Value("password"); got == "" {
		t.Error("what was typed is lost")
	}
	tab.seen("#flash .notice")
}

// seen waits until all of what selector finds is in the window.
func (tab *Tab) seen(selector string) {
	tab.T.Helper()
	tab.Await(selector+" to be in the window", `(e => { const r = e.getBoundingClientRect(); return r.height > 0 && r.top >= 0 && r.bottom <= innerHeight })(document.querySelector(%s))`, selector)
}

// TestSwap_MessageIsSeen saves at the lower end of a phone's page: the message
// is at its upper end.
func TestSwap_MessageIsSeen(t *testing.T) {
	t.Parallel()
	tab, person := newcomer(t, shared(t))
	tab.allow(status422...)
	tab.Size(320, 480)
	tab.Open("/settings/profile")
	tab.Swap(profileForm, rig.Values{"bio": strings.Repeat("words\n\n", 100)}, profileForm)
	tab.says("saved")
	tab.seen("#flash .notice")
	withOthers(tab, person)
	tab.Replaces(sessionsForm, func() { tab.Click(`tbody tr:last-child [formaction$="/revoke"]`) })
	tab.says("signed out")
	tab.seen("#flash .notice")
	tab.keepsFocus("after ending the last session")

	tab.Open("/settings/profile")
	tab.Swap(profileForm, rig.Values{"name": ""}, summary)
	tab.seen(summary)
}
