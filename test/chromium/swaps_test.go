package chromium

import (
	"math"
	"strings"
	"testing"

	"stoa/test/rig"
)

// swaps_test.go covers requests for a part of a page that do not return that part.

// After a session is revoked, a form leads to the sign-in page, and from there back to the
// form with what was typed. Nothing is saved before the user sends it again.
func TestSwap_SessionEnded(t *testing.T) {
	t.Parallel()
	app := shared(t)
	tab, user := newUser(t, app)
	tab.allow("status of 401")
	signedOutElsewhere(tab, user)
	tab.awaitMessage("Sign in within ten minutes")
	tab.Submit(loginForm, rig.Values{"email": user.Email, "password": user.Password})
	tab.awaitMessage("isn’t saved yet")
	if got := tab.Value("bio"); got != "typed, not saved" {
		t.Errorf("the bio is %q, want what was typed", got)
	}
	other := app.Browser(t)
	other.SignIn(user)
	if got := other.Open("/settings/profile").Value("bio"); got != "" {
		t.Errorf("the stored bio is %q before the form is sent again", got)
	}
	tab.Swap(profileForm, nil, "#viewer")
	if got := other.Open("/settings/profile").Value("bio"); got != "typed, not saved" {
		t.Errorf("the stored bio is %q after the form was sent again", got)
	}
}

// Another user has signed in meanwhile: the form is refused with a message, and the typed
// text stays.
func TestSwap_AnotherUser(t *testing.T) {
	t.Parallel()
	app := shared(t)
	tab, _ := newUser(t, app)
	tab.allow("status of 403")
	tab.Open("/settings/profile")
	b, _ := app.RegisterBrowser(t)
	tab.Take(b)
	tab.Send(profileForm, rig.Values{"bio": "typed"})
	tab.awaitMessage("another user")
	tab.At("/settings/profile")
	if got := tab.Value("bio"); got != "typed" {
		t.Errorf("the bio is %q, want what was typed", got)
	}
	tab.seen("#flash .notice")
}

// The second of two sign-in tabs leads on.
func TestSwap_SecondSignIn(t *testing.T) {
	t.Parallel()
	app := shared(t)
	tab := open(t, app)
	tab.allow("status of 403")
	tab.Open("/login?next=%2Fsettings%2Fpassword")
	b, user := app.RegisterBrowser(t)
	tab.Take(b)
	tab.Submit(loginForm, rig.Values{"email": user.Email, "password": user.Password})
	tab.At("/settings/password")
}

// seen waits until the whole element that selector finds is in the window.
func (tab *Tab) seen(selector string) {
	tab.T.Helper()
	tab.Await(selector+" to be in the window", `(e => { const r = e.getBoundingClientRect(); return r.height > 0 && r.top >= 0 && r.bottom <= innerHeight })(document.querySelector(%s))`, selector)
}

// A message is visible on a phone after a form at the bottom is saved, and the page does
// not move.
func TestSwap_MessageIsSeen(t *testing.T) {
	t.Parallel()
	tab, user := newUser(t, shared(t))
	tab.allow(status422...)
	tab.Size(320, 480)
	tab.Open("/settings/profile")
	const top = `document.querySelector("#profile-submit").getBoundingClientRect().top`
	evaluate[bool](tab, `(document.querySelector("#profile-submit").scrollIntoView({block: "center"}), true)`)
	tab.Swap(profileForm, rig.Values{"name": "Ada"}, profileForm)
	before := evaluate[float64](tab, top)
	tab.Swap(profileForm, rig.Values{"bio": strings.Repeat("words\n", 3) + strings.Repeat("\nmore", 100)}, profileForm)
	tab.awaitSaved("#profile", "Saved")
	tab.seen("#profile .saved")
	if after := evaluate[float64](tab, top); math.Abs(after-before) > 1 { // browsers scroll by whole pixels
		t.Errorf("the pressed button moved from %v to %v in the window", before, after)
	}
	withOthers(tab, user)
	tab.Replaces(sessionsForm, func() { tab.Click(`.list li:last-child [formaction$="/revoke"]`) })
	tab.awaitMessage("signed out")
	tab.seen("#flash .notice")
	tab.keepsFocus("after ending the last session")

	tab.Open("/settings/profile")
	tab.Swap(profileForm, rig.Values{"name": ""}, summary)
	tab.seen(summary)
}
