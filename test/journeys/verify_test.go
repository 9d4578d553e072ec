package journeys

import (
	"net/url"
	"stoa/test/rig"
	"strings"
	"testing"
)

// checkDeadLink requires that a link no longer works, and that its page explains it and has
// a next step.
func checkDeadLink(t *testing.T, b *rig.Browser, link string) {
	t.Helper()
	page := b.Open(link).Is(404)
	if !strings.Contains(page.Text("h1"), "no longer works") || page.Find("main .actions a[href], main form button").Length() == 0 {
		t.Errorf("%s: %s", link, page.Text("main"))
	}
	action, _, _ := strings.Cut(link, "?")
	b.Open("/login") // a page with a form, for its CSRF token
	form := url.Values{"_csrf": {b.Page.Value("_csrf")}, "token": {rig.TokenOf(link)}, "password": {"nine copper kettles"}}
	if page := b.Fetch("POST", action, form).Is(422); !strings.Contains(page.Text("h1"), "no longer works") {
		t.Errorf("POST %s: %s", action, page.Text("main"))
	}
	part := b.Fetch("POST", action, form, rig.With("HX-Request", "true"), rig.With("HX-Request-Type", "partial")).Is(422)
	if part.Find("main, h1").Length() != 0 || !strings.Contains(part.Text("[role=alert]"), "no longer works") {
		t.Errorf("POST %s by htmx does not return a fragment: %s", action, part.Body)
	}
}

// checkNotStored requires that a page with the token of a link is not stored.
func checkNotStored(t *testing.T, p *rig.Page) {
	t.Helper()
	if got := p.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("%s: Cache-Control = %q, want no-store", p.Call, got)
	}
	if got := p.Header.Get("Content-Encoding"); got != "" {
		t.Errorf("%s: compressed as %s", p.Call, got)
	}
}

// checkDone requires that the page of a link says that there is nothing left to do, when
// it is opened and when its button is pressed once more.
func checkDone(t *testing.T, b *rig.Browser, link, text string) {
	t.Helper()
	page := b.Open(link).Is(200)
	checkNotStored(t, page)
	if got := page.Text("main"); !strings.Contains(got, text) || page.Find("main .actions a[href]").Length() == 0 {
		t.Errorf("%s: %q, want %q and a next step", link, got, text)
	}
	action, _, _ := strings.Cut(link, "?")
	b.Open("/login")
	form := url.Values{"_csrf": {b.Page.Value("_csrf")}, "token": {rig.TokenOf(link)}}
	if got := b.Fetch("POST", action, form).Is(200).Text("main"); !strings.Contains(got, text) {
		t.Errorf("POST %s: %q, want %q", action, got, text)
	}
}

// The verification link works signed out with the password of the account, in another
// browser and on another replica. It works once, and only by its button.
func TestVerify_OnAnotherDeviceAndReplica(t *testing.T) {
	t.Parallel()
	one, two := replicas(t)
	home, p := one.RegisterBrowser(t)
	if got := home.Open("/dashboard").Text("section.waiting"); !strings.Contains(got, p.Email) {
		t.Errorf("an unverified user sees %q", got)
	}
	link := one.Link(t, p.Email, rig.VerifyMail, 1)
	phone := two.Browser(t)
	for range 3 { // as email scanners do
		page := phone.Open(link).Is(200)
		checkNotStored(t, page)
		for _, shown := range []string{p.Email, p.Name, "Firefox on Linux", home.Addr} {
			if !strings.Contains(page.Text("main"), shown) {
				t.Errorf("the page does not show %s: %s", shown, page.Text("main"))
			}
		}
	}
	if home.Open("/dashboard").Find("section.waiting").Length() == 0 {
		t.Fatal("opening the page of the link used it")
	}
	checkNotStored(t, phone.Submit(rig.UseForm).Refused("password"))
	phone.Submit(rig.UseForm, rig.Values{"password": "not this one at all"}).Refused("password")
	if home.Open("/dashboard").Find("section.waiting").Length() == 0 {
		t.Fatal("a click without the password verified the email address")
	}
	phone.Submit(rig.UseForm, rig.Values{"password": p.Password}).At("/login")
	if got := phone.Page.Text("#flash"); !strings.Contains(got, "verified") {
		t.Errorf("after the button: %q", got)
	}
	if got := home.Open("/dashboard").Find("section.waiting").Length(); got != 0 {
		t.Error("the home page still shows the email address as unverified")
	}
	if !one.API(t).Login(p).User.EmailVerified {
		t.Error("the API returns the email address as unverified")
	}
	checkDone(t, phone, link, "already verified "+p.Email)
	checkDone(t, home, link, "already verified "+p.Email)
	for _, app := range []*rig.App{one, two} {
		if strings.Contains(app.Log.String(), rig.TokenOf(link)) {
			t.Error("the log contains the token")
		}
	}
}

func TestVerify_ResentVoidsTheOlder(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, p := app.RegisterBrowser(t)
	older := app.Link(t, p.Email, rig.VerifyMail, 1)
	b.Open("/settings/email")
	if got := b.Submit(rig.ResendForm).At("/settings/email").Text("#flash"); !strings.Contains(got, "new link") {
		t.Errorf("after another request: %q", got)
	}
	newer := app.Link(t, p.Email, rig.VerifyMail, 2)
	checkDeadLink(t, b, older)
	b.Open(newer).Is(200)
	b.Submit(rig.UseForm).At("/dashboard")
	checkDone(t, b, older, "already verified "+p.Email)
	if app.Emails(t, p.Email, rig.VerifyMail) != 2 {
		t.Error("more emails than requested")
	}
}

func TestVerify_TwentyAtOnce(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	c, p, _ := app.RegisterAPI(t)
	token := rig.TokenOf(app.Link(t, p.Email, rig.VerifyMail, 1))
	got := atOnce(20, func(int) int { return c.Post("/api/auth/verify-email", map[string]string{"token": token}).Status })
	if got[204] != 1 || got[422] != 19 {
		t.Errorf("20 uses at once: %v, want one 204", got)
	}
}

func TestVerify_WrongTokens(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, p := app.RegisterBrowser(t)
	token := rig.TokenOf(app.Link(t, p.Email, rig.VerifyMail, 1))
	for _, link := range []string{
		"/verify-email?token=" + token + "x",
		"/reset-password?token=" + token, "/settings/email/confirm?token=" + token, "/settings/email/undo?token=" + token,
		"/verify-email?token=" + strings.Repeat("a", 2000),
	} {
		checkDeadLink(t, b, link)
	}
	for _, link := range []string{"/verify-email?token=", "/verify-email", "/verify-email?token=x%00y", "/reset-password", "/settings/email/undo?token=" + token[:40]} {
		if got := b.Open(link).Is(404).Text("main"); !strings.Contains(got, "link is incomplete") || !strings.Contains(got, "copy all of it") {
			t.Errorf("%s says %q", link, got)
		}
	}
	b.Open("/verify-email?token=" + token).Is(200)
	if got := b.Open("/verify-email?token=3D" + token).Is(200).Value("token"); got != token {
		t.Errorf("the page of a link with =3D has the token %q", got)
	}
	if b.Open("/verify-email").Is(404).Find(rig.ResendForm).Length() == 0 {
		t.Error("a signed-in user gets no button for another link")
	}
	b.Submit(rig.ResendForm).At("/dashboard")
	app.Link(t, p.Email, rig.VerifyMail, 2)
}

func TestVerify_SignedOutCannotResend(t *testing.T) {
	t.Parallel()
	b := rig.Shared(t).Browser(t)
	b.Open("/login")
	b.Fetch("POST", "/verify-email/resend", url.Values{"_csrf": {b.Page.Value("_csrf")}}).Leads("/login")
}
