package journeys

import (
	"strings"
	"testing"

	"stoa/test/rig"
)

// The home page of a new user leads to what is not set up, and says who tried to sign in.
func TestHome_StepsAndWrongPasswords(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, p := app.RegisterBrowser(t)
	page := b.Open("/dashboard").Is(200)
	if text := page.Text("#setup + p"); !strings.HasPrefix(text, "0 of 3 done") || page.Find("#sign-ins").Length() != 1 || page.Find(".chart").Length() != 0 {
		t.Errorf("a new user sees %q and %d charts, want no step done and no chart", text, page.Find(".chart").Length())
	}
	b.Click(`ol.list a[href="/settings/profile"]`).At("/settings/profile")
	b.Submit(rig.ProfileForm, rig.Values{"name": p.Name, "bio": "Wrote the first program."})

	stranger := app.Browser(t)
	stranger.Open("/login")
	stranger.Submit(rig.LoginForm, rig.Values{"email": p.Email, "password": "not this one at all"}).Is(422)
	page = b.Open("/dashboard").Is(200)
	if text := page.Text("#setup + p"); !strings.HasPrefix(text, "1 of 3 done") {
		t.Errorf("after the bio the user sees %q", text)
	}
	warning := page.Text(".line > .bad")
	if !strings.Contains(warning, "Wrong password") || !strings.Contains(warning, "Firefox on Linux, "+stranger.Addr) || page.Find(`.line > .bad a[href="/settings/password"]`).Length() != 1 {
		t.Errorf("the wrong password of another browser is shown as %q, want device and IP address, with a link", warning)
	}
	if days := page.Find(".figures tbody tr").Length(); days != 1 || page.Find(".chart svg").Length() != 1 {
		t.Errorf("%d days in the table of the chart, want today", days)
	}
}
