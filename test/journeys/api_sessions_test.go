package journeys

import (
	"stoa/test/rig"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

func TestSessions_ListsBrowsersAndProgramsAlike(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	c, p, _ := app.RegisterAPI(t)
	browser := app.Browser(t)
	browser.SignIn(p)
	list := c.Sessions()
	if len(list) != 2 || !list[0].Current || list[0].Kind != "api" || list[1].Current || list[1].Kind != "browser" {
		t.Fatalf("sessions = %+v, want the current API client, then a browser", list)
	}
	if list[0].IP != c.Addr || list[1].IP != browser.Addr {
		t.Errorf("IP addresses = %s, %s; want %s, %s", list[0].IP, list[1].IP, c.Addr, browser.Addr)
	}
	if !strings.Contains(list[1].Device, "Firefox") || !strings.Contains(list[1].Device, "Linux") {
		t.Errorf("device = %q, want Firefox on Linux", list[1].Device)
	}
	days := func(s rig.Session) int {
		return int(parseTime(t, s.ExpiresAt).Sub(parseTime(t, s.CreatedAt)).Round(time.Minute).Hours())
	}
	if api, web := days(list[0]), days(list[1]); api != 30*24 || web != 24 {
		t.Errorf("the sessions last %d and %d hours, want %d and 24", api, web, 30*24)
	}
}

func TestSessions_ShowsOnlyMine(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	mine, _, _ := app.RegisterAPI(t)
	app.RegisterAPI(t)
	if got := len(mine.Sessions()); got != 1 {
		t.Errorf("%d sessions, want only the caller's", got)
	}
}

func TestSessions_RevokeEndsAtOnce(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	c, p, _ := app.RegisterAPI(t)
	other, browser := app.API(t), app.Browser(t)
	tokens := other.Login(p)
	browser.SignIn(p)
	for _, s := range c.Sessions()[1:] {
		c.Call("DELETE", "/api/users/me/sessions/"+s.ID, nil).Is(204)
		c.Call("DELETE", "/api/users/me/sessions/"+s.ID, nil).Refused(404, "not_found")
	}
	other.Get("/api/users/me").Refused(401, "invalid_token")
	other.TryRefresh(tokens.Refresh).Refused(401, "refresh_token_invalid")
	if browser.SignedIn() {
		t.Error("a revoked browser is still signed in")
	}
	if got := c.Sessions(); len(got) != 1 {
		t.Errorf("sessions = %+v, want only the caller's", got)
	}
}

func TestSessions_RevokesItself(t *testing.T) {
	t.Parallel()
	c, _, tokens := rig.Shared(t).RegisterAPI(t)
	c.Call("DELETE", "/api/users/me/sessions/"+c.Sessions()[0].ID, nil).Is(204)
	c.Get("/api/users/me").Refused(401, "invalid_token")
	c.TryRefresh(tokens.Refresh).Refused(401, "refresh_token_invalid")
}

func TestSessions_OthersAndNonsenseAre404(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	eve, _, _ := app.RegisterAPI(t)
	victim, p, _ := app.RegisterAPI(t)
	browser := app.Browser(t)
	browser.SignIn(p)
	ids := []string{uuid.NewString(), "00000000-0000-0000-0000-000000000000", "1", "null", "%00", "%27", "a%2Fb", strings.Repeat("9", 300), "019ab0c2-6c1e-7d3a-9a55-0d4f5e8b7c2g"}
	for _, s := range victim.Sessions() {
		ids = append(ids, s.ID)
	}
	for _, id := range ids {
		if got := eve.Call("DELETE", "/api/users/me/sessions/"+id, nil); got.Status != 404 {
			t.Errorf("DELETE of %q = %d, want 404\n%s", id, got.Status, got.Body)
		}
	}
	victim.Get("/api/users/me").Is(200)
	if !browser.SignedIn() {
		t.Error("another user ended a browser session")
	}
}
