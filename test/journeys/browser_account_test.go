package journeys

import (
	"net/http"
	"stoa/test/rig"
	"strings"
	"testing"
)

func TestBrowser_WholeJourneyWithoutJavaScript(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, p := app.Browser(t), rig.NewUser()
	b.Open("/").At("/")
	b.Click(`a[href="/register"]`).At("/register")
	welcome := b.Submit(rig.RegisterForm, rig.Values{"name": p.Name, "email": p.Email, "password": p.Password}).At("/dashboard")
	if got := welcome.Via[0].Status; got != http.StatusSeeOther {
		t.Errorf("registration returned %d, want 303", got)
	}
	if text := welcome.Text("body"); !strings.Contains(text, p.Name) || !strings.Contains(text, p.Email) {
		t.Errorf("the home page does not show the user's name:\n%s", text)
	}

	b.Click(`a[href="/settings/profile"]`).At("/settings/profile")
	saved := b.Submit(rig.ProfileForm, rig.Values{"name": "Ada King", "bio": "Wrote the **first** program."}).At("/settings/profile")
	if saved.Value("name") != "Ada King" || saved.Value("bio") != "Wrote the **first** program." {
		t.Errorf("the profile shows %q, %q", saved.Value("name"), saved.Value("bio"))
	}
	if text := b.Open("/dashboard").Text("strong"); !strings.Contains(text, "first") {
		t.Error("the home page does not show the bio")
	}

	b.Open("/settings/password")
	b.Submit(rig.PasswordForm, rig.Values{"current_password": p.Password, "password": nextPassword}).At("/settings/password")
	p.Password = nextPassword

	b.Open("/settings/sessions").At("/settings/sessions")
	if text := b.Page.Text("main"); !strings.Contains(text, "Firefox") || !strings.Contains(text, b.Addr) {
		t.Errorf("the list of sessions does not show this browser:\n%s", text)
	}

	b.Submit(rig.LogoutForm).Is(200)
	if b.SignedIn() {
		t.Fatal("still signed in after signing out")
	}
	b.SignIn(p)
	b.Open("/settings/account")
	b.Submit(rig.DeleteForm, rig.Values{"current_password": p.Password}).At("/")
	b.Open("/login")
	b.Send(rig.LoginForm, rig.Values{"email": p.Email, "password": p.Password}).Is(422)
}

func TestBrowser_LandingLeadsASignedInUserHome(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, _ := app.RegisterBrowser(t)
	for _, path := range []string{"/", "/login", "/register"} {
		b.Fetch(http.MethodGet, path, nil).Leads("/dashboard")
	}
	app.Browser(t).Open("/").At("/")
}

// A browser sends CRLF for each line break of a textarea. It counts as one
// character.
func TestBrowser_BioCountsLinesAsTyped(t *testing.T) {
	t.Parallel()
	b, _ := rig.Shared(t).RegisterBrowser(t)
	b.Open("/settings/profile")
	b.Submit(rig.ProfileForm, rig.Values{"bio": strings.Repeat("a\r\n", 1000)}).At("/settings/profile")
}

func TestBrowser_NameAndBioCannotBecomeMarkup(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, _ := app.RegisterBrowser(t)
	b.Open("/settings/profile")
	b.Submit(rig.ProfileForm, rig.Values{
		"name": `<img src=x onerror=alert(1)> "Ada" & 'co'`,
		"bio": "# Heading\n\n<script>alert(1)</script><b onclick=alert(1)>raw</b>\n\n[a](javascript:alert(1)) [b](data:text/html,x) [c](https://example.com/) " +
			"[d](/logout) ![p](https://example.com/p.png)\n\n<iframe src=https://example.com></iframe><style>body{}</style><form action=/logout><input name=x></form>",
	}).At("/settings/profile")
	for _, path := range []string{"/dashboard", "/settings/profile"} {
		page := b.Open(path).Is(200)
		if n := page.Find(`[onclick], [onerror], iframe, style, [style], main img, main script, a[href^="javascript:"], a[href^="data:"], .prose form, .prose input`).Length(); n != 0 {
			t.Errorf("%s: %d elements of hostile markup", path, n)
		}
		if n := page.Find("h1").Length(); n != 1 {
			t.Errorf("%s: %d h1, want 1", path, n)
		}
		link := page.Find(`.prose a[href="https://example.com/"]`)
		if rel := link.AttrOr("rel", ""); link.Length() != 1 || !strings.Contains(rel, "nofollow") || !strings.Contains(rel, "noopener") {
			t.Errorf("%s: the harmless link has rel=%q", path, rel)
		}
	}
	if text := b.Open("/dashboard").Text("main"); !strings.Contains(text, `<img src=x onerror=alert(1)> "Ada" & 'co'`) {
		t.Errorf("the name is not shown as it was entered:\n%s", text)
	}
}

func TestBrowser_PasswordChangeEndsTheOthers(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, p := app.RegisterBrowser(t)
	other, program := app.Browser(t), app.API(t)
	other.SignIn(p)
	tokens := program.Login(p)
	old := b.Cookie("stoa_session").Value

	b.Open("/settings/password")
	b.Send(rig.PasswordForm, rig.Values{"current_password": nextPassword, "password": nextPassword}).Refused("current_password")
	b.Send(rig.PasswordForm, rig.Values{"current_password": p.Password, "password": "short"}).Refused("password")
	b.Send(rig.PasswordForm, rig.Values{"current_password": p.Password, "password": p.Email}).Refused("password")
	if !other.SignedIn() {
		t.Fatal("a refused change ended other sessions")
	}
	b.Submit(rig.PasswordForm, rig.Values{"current_password": p.Password, "password": nextPassword}).At("/settings/password")

	if b.Cookie("stoa_session").Value == old {
		t.Error("the password change did not replace the session's identifier")
	}
	if !b.SignedIn() {
		t.Error("the browser that changed the password is signed out")
	}
	if got := app.Browser(t).Fetch(http.MethodGet, "/dashboard", nil, rig.With("Cookie", "stoa_session="+old)); got.Status != 303 {
		t.Errorf("the old identifier is accepted: %d", got.Status)
	}
	if other.SignedIn() {
		t.Error("another browser is still signed in")
	}
	program.Get("/api/users/me").Refused(401, "invalid_token")
	program.TryRefresh(tokens.Refresh).Refused(401, "refresh_token_invalid")
	if got := len(b.Open("/settings/sessions").Find("[id^='session-']").Nodes); got != 1 {
		t.Errorf("%d sessions after the change, want 1", got)
	}
}

func TestBrowser_SessionsPage(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, p := app.RegisterBrowser(t)
	phone, program := app.Browser(t), app.API(t)
	phone.Agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
	phone.SignIn(p)
	program.Login(p)

	b.Open("/settings/sessions")
	rows := b.Page.Find("[id^='session-']")
	if rows.Length() != 3 || !strings.Contains(rows.First().Text(), b.Addr) || rows.First().Find("button").Length() > 0 {
		t.Fatalf("%d rows, the first %q; want 3, this device first", rows.Length(), rows.First().Text())
	}
	for _, want := range []string{"Firefox", "Safari", b.Addr, phone.Addr, program.Addr} {
		if !strings.Contains(rows.Text(), want) {
			t.Errorf("the list does not show %s:\n%s", want, rows.Text())
		}
	}
	b.Press(`li:contains("Safari") button`).At("/settings/sessions")
	if phone.SignedIn() {
		t.Error("the revoked browser is still signed in")
	}
	program.Get("/api/users/me").Is(200)
	b.Submit(rig.OthersForm).At("/settings/sessions")
	program.Get("/api/users/me").Refused(401, "invalid_token")
	if got := b.Page.Find("[id^='session-']").Length(); got != 1 {
		t.Errorf("%d sessions left, want 1", got)
	}
	if !b.SignedIn() {
		t.Error("ending the other sessions ended this one")
	}
}

func TestBrowser_DeleteWantsThePassword(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, p := app.RegisterBrowser(t)
	program := app.API(t)
	program.Login(p)
	b.Open("/settings/account")
	b.Send(rig.DeleteForm, rig.Values{"current_password": nextPassword}).Refused("current_password")
	b.Send(rig.DeleteForm).Refused("current_password")
	if !b.SignedIn() {
		t.Fatal("a refused deletion signed the browser out")
	}
	gone := b.Send(rig.DeleteForm, rig.Values{"current_password": p.Password})
	gone.Leads("/")
	if got := gone.Header.Get("Clear-Site-Data"); got != `"cache", "storage"` {
		t.Errorf("Clear-Site-Data = %q", got)
	}
	if b.SignedIn() {
		t.Error("still signed in")
	}
	program.Get("/api/users/me").Refused(401, "invalid_token")
	if n := rig.Ask[int](t, app, "select count(*) from users where email_key = $1", p.Email); n != 0 {
		t.Error("the account still exists")
	}
}
