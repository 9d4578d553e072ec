package journeys

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"stoa/test/rig"
)

// repeated_test.go covers forms that a browser without script sends twice, such as by a
// double click: with the same cookies and the same body, after the first time is done.

// sendTwice fills a form of the page and sends it twice with the cookies of now, as a
// browser that discards the first response. It returns the second response.
func sendTwice(t *testing.T, b *rig.Browser, selector string, values rig.Values) *rig.Page {
	t.Helper()
	form := b.Page.Form(selector)
	fields := form.Fill(values)
	first := inTheSameState(t, b).Fetch("POST", form.Action, fields)
	if first.Status != http.StatusSeeOther {
		t.Fatalf("%s the first time = %d", form.Action, first.Status)
	}
	second := b.Fetch("POST", form.Action, fields)
	if want := first.Header.Get("Location"); second.Status != http.StatusSeeOther || second.Header.Get("Location") != want {
		t.Fatalf("%s the second time = %d to %q, want 303 to %q\n%s", form.Action, second.Status, second.Header.Get("Location"), want, second.Text("main"))
	}
	return second
}

// inTheSameState returns a browser with a copy of the cookies of b.
func inTheSameState(t *testing.T, b *rig.Browser) *rig.Browser {
	other := b.App.Browser(t)
	other.Page, other.Addr = b.Page, b.Addr
	other.Jar.SetCookies(other.Resolve("/"), b.Cookies())
	return other
}

func wantFlash(t *testing.T, page *rig.Page, text string) {
	t.Helper()
	if got := page.Text("#flash"); !strings.Contains(got, text) {
		t.Errorf("%s says %q, want %q", page.Call, got, text)
	}
}

// The browser stays signed in, and so does the session. Another form gives the old cookie
// nothing.
func TestRepeated_PasswordChange(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, p := app.RegisterBrowser(t)
	thief := inTheSameState(t, b)
	b.Open("/settings/password")
	fields := b.Page.Form(rig.PasswordForm).Fields
	b.Follow(sendTwice(t, b, rig.PasswordForm, rig.Values{"current_password": p.Password, "password": nextPassword}))
	wantFlash(t, b.Page, "Your password is changed")
	if got := b.Open("/settings/sessions").Find("[id^='session-']").Length(); !b.SignedIn() || got > 1 {
		t.Errorf("after the second time there are %d sessions, and the browser is signed in: %v", got, b.SignedIn())
	}
	fields.Set("current_password", p.Password)
	fields.Set("password", nextPassword)
	fields.Set("other", "form")
	if got := thief.Fetch("POST", "/settings/password", fields); got.Cookie("stoa_session") != nil || thief.SignedIn() {
		t.Errorf("another form with the cookie from before the change = %d, and signs in", got.Status)
	}
	// With the cookie of the first response.
	b.Open("/settings/password")
	form := b.Page.Form(rig.PasswordForm).Fill(rig.Values{"current_password": nextPassword, "password": p.Password + " anew"})
	for range 2 {
		b.Fetch("POST", "/settings/password", form).Leads("/settings/password")
	}
	if !b.SignedIn() {
		t.Error("the browser is signed out after the second time with the new cookie")
	}
	form.Set("password", "never set at all")
	b.Fetch("POST", "/settings/password", form).Is(403)
}

func TestRepeated_Reset(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	_, p := app.RegisterBrowser(t)
	b := app.Browser(t)
	link := requestReset(b, p, 1)
	b.Open(link)
	form := b.Page.Form(rig.ResetForm).Fill(rig.Values{"password": "another password"})
	b.Follow(sendTwice(t, b, rig.ResetForm, rig.Values{"password": nextPassword}))
	wantFlash(t, b.Page, "Your password is set")
	if got := b.Fetch("POST", "/reset-password", form).Is(200).Text("main"); !strings.Contains(got, "was changed with this link") {
		t.Errorf("another password: %q", got)
	}
	app.API(t).TryLogin(p.Email, "another password").Is(401)
	p.Password = nextPassword
	app.API(t).Login(p)
}

// In the browser of the user, whose session the first time ends, and in that of a visitor.
func TestRepeated_Undo(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	for name, signedIn := range map[string]bool{"signed in": true, "visitor": false} {
		b, p := app.RegisterBrowser(t)
		confirm, undo := requestEmailChange(b, p, rig.NewUser().Email)
		b.Open(confirm)
		b.Submit(rig.UseForm).At("/settings/email")
		if !signedIn {
			b = app.Browser(t)
		}
		b.Open(undo)
		b.Page = b.Follow(sendTwice(t, b, rig.UseForm, nil))
		page := b.Page
		wantFlash(t, page, "choose a new one")
		other := app.Browser(t)
		if got := other.Open(undo).Is(200); got.Find(rig.UseForm).Length() > 0 || !strings.Contains(got.Text("main"), p.Email) {
			t.Errorf("%s: the link opened again: %s", name, got.Text("main"))
		}
		token := url.Values{"token": {rig.TokenOf(undo)}, "_csrf": {other.Open("/login").Value("_csrf")}}
		if got := other.Fetch("POST", "/settings/email/undo", token).Is(200); strings.Contains(got.Body, "reset-password") {
			t.Errorf("%s: another form gets the link for a new password", name)
		}
		b.Submit(rig.ResetForm, rig.Values{"password": nextPassword}).At("/login")
	}
}

func TestRepeated_UndoBeforeTheChange(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, p := app.RegisterBrowser(t)
	requestReset(app.Browser(t), p, 1) // a live link that the undo must not give away
	_, undo := requestEmailChange(b, p, rig.NewUser().Email)
	reader := app.Browser(t)
	reader.Open(undo)
	wantFlash(t, reader.Follow(sendTwice(t, reader, rig.UseForm, nil)), "cancelled")
}

func TestRepeated_Disown(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, p := app.RegisterBrowser(t)
	for _, reader := range []*rig.Browser{b, app.Browser(t)} {
		reader.Open(app.Link(t, p.Email, rig.VerifyMail, 1))
		wantFlash(t, reader.Follow(sendTwice(t, reader, rig.DisownForm, nil)), "account is deleted")
		_, p = app.RegisterBrowser(t)
	}
}

// A deleted account is deleted for each of its forms.
func TestRepeated_Deletion(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, p := app.RegisterBrowser(t)
	b.Open("/settings/profile")
	profile := b.Page.Form(rig.ProfileForm).Fill(rig.Values{"name": "Typed"})
	tab := inTheSameState(t, b)
	b.Open("/settings/account")
	second := sendTwice(t, b, rig.DeleteForm, rig.Values{"current_password": p.Password})
	wantFlash(t, b.Follow(second), "account is deleted")
	got := tab.Fetch("POST", "/settings/profile", profile)
	got.Leads("/")
	wantFlash(t, tab.Follow(got), "account is deleted")
	if got := app.Browser(t).Fetch("POST", "/settings/profile", profile); got.Header.Get("Location") == "/" {
		t.Error("a form without the cookie of its page learns that the account is deleted")
	}
}

// The theme belongs to the browser, of any user. The sign-out of another user's
// page is refused. A registration says that the browser is signed in.
func TestStale_PageOfAnotherUser(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, _ := app.RegisterBrowser(t)
	_, other, _ := app.RegisterAPI(t)
	b.Open("/settings/profile")
	theme, logout := b.Page.Form(rig.ThemeForm).Fill(rig.Values{"theme": "dark"}), b.Page.Form(rig.LogoutForm).Fields
	b.Submit(rig.LogoutForm)
	register := b.Open("/register").Form(rig.RegisterForm).Fields
	b.SignIn(other)
	b.Fetch("POST", "/settings/theme", theme).Is(303)
	if b.Cookie("stoa_theme") == nil {
		t.Error("the theme is not set")
	}
	b.Fetch("POST", "/logout", logout).Is(403)
	if !b.SignedIn() {
		t.Error("the page of another user has signed this user out")
	}
	wantFlash(t, b.Follow(b.Fetch("POST", "/register", register)), "You are signed in")
}
