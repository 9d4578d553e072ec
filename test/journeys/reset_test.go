package journeys

import (
	"net/url"
	"stoa/test/rig"
	"strings"
	"testing"
	"time"
)

// requestReset requests a reset link in the browser and returns it.
func requestReset(b *rig.Browser, p rig.User, nth int) string {
	b.T.Helper()
	b.Open("/login")
	b.Click(`a[href="/forgot-password"]`).At("/forgot-password")
	b.Submit(rig.ForgotForm, rig.Values{"email": p.Email}).At("/forgot-password/sent")
	return b.App.Link(b.T, p.Email, rig.ResetMail, nth)
}

func TestReset_InAnotherBrowser(t *testing.T) {
	t.Parallel()
	one, two := replicas(t)
	home, p := one.RegisterBrowser(t)
	c := one.API(t)
	c.Login(p)
	link := requestReset(one.Browser(t), p, 1)
	phone := two.Browser(t)
	checkNotStored(t, phone.Open(link).Is(200))
	checkNotStored(t, phone.Open(link).Is(200))
	checkNotStored(t, phone.Submit(rig.ResetForm, rig.Values{"password": "short"}).Refused("password"))
	if got := phone.Page.Value("username"); got != p.Email {
		t.Errorf("the user name for password managers is %q", got)
	}
	if !home.SignedIn() {
		t.Fatal("a refused password ended sessions")
	}
	p.Password = nextPassword
	phone.Submit(rig.ResetForm, rig.Values{"password": p.Password}).At("/login")
	if got := phone.Page.Text("#flash"); !strings.Contains(got, "All 2 devices and programs") {
		t.Errorf("after the reset: %q, want a message that 2 were signed out", got)
	}
	if home.SignedIn() {
		t.Error("the earlier browser is still signed in")
	}
	c.Get("/api/users/me").Refused(401, "invalid_token")
	phone.Submit(rig.LoginForm, rig.Values{"email": p.Email, "password": p.Password}).At("/dashboard")
	if phone.Page.Find("section.waiting").Length() != 0 {
		t.Error("the reset has not verified the email address")
	}
	one.Email(t, p.Email, rig.PasswordMail, 1)
	checkDone(t, phone, link, "password was changed with this link")
	for _, app := range []*rig.App{one, two} {
		if strings.Contains(app.Log.String(), rig.TokenOf(link)) {
			t.Error("the log contains the token")
		}
	}
}

// A reset in a browser that is signed in to the account signs that browser out
// too.
func TestReset_SignedIn(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, p := app.RegisterBrowser(t)
	link := requestReset(app.Browser(t), p, 1)
	b.Open(link).Is(200)
	page := b.Submit(rig.ResetForm, rig.Values{"password": nextPassword}).At("/login")
	if got := page.Via[0].Header.Get("Clear-Site-Data"); got == "" {
		t.Error("the response does not clear the browser's cache")
	}
	if app.Emails(t, p.Email, rig.DeviceMail) != 0 {
		t.Error("the reset sent an email about a new device")
	}
}

func TestReset_NewerVoidsOlder(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, p := app.RegisterBrowser(t)
	older := requestReset(app.Browser(t), p, 1)
	newer := requestReset(app.Browser(t), p, 2)
	checkDeadLink(t, b, older)
	b.Open(newer).Is(200)
}

// Neither the response nor an email to another address reveals whether an email
// address has an account.
func TestForgot_SameAnswerForEverybody(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	_, known := app.RegisterBrowser(t)
	_, disabled := app.RegisterBrowser(t)
	runCommand(t, app, "", "user", "disable", disabled.Email)
	responses := map[string]bool{}
	for _, address := range []string{known.Email, disabled.Email, rig.NewUser().Email} {
		b := app.Browser(t)
		b.Open("/forgot-password")
		form := b.Page.Form(rig.ForgotForm)
		page := b.Fetch(form.Method, form.Action, form.Fill(rig.Values{"email": address}))
		page.Leads("/forgot-password/sent")
		sent := b.Follow(page)
		var cookies []string
		for _, c := range b.Jar.Cookies(b.Resolve("/")) {
			cookies = append(cookies, c.Name)
		}
		api := app.API(t).Post("/api/auth/forgot-password", map[string]string{"email": address}).Is(202)
		responses[strings.Join([]string{page.Body, sent.Text("body"), strings.Join(cookies, " "), string(api.Body)}, "\n")] = true
	}
	if len(responses) != 1 {
		t.Errorf("%d different responses: %v", len(responses), responses)
	}
	app.Email(t, known.Email, rig.ResetMail, 1) // of two concurrent requests the older link may be void before its email is sent
	if got := app.Emails(t, disabled.Email, rig.ResetMail); got != 0 {
		t.Errorf("%d emails to a disabled account", got)
	}
}

func TestForgot_Refused(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b := app.Browser(t)
	b.Open("/forgot-password")
	b.Submit(rig.ForgotForm, rig.Values{"email": "ada"}).Refused("email")
	if got := b.Page.Value("email"); got != "ada" {
		t.Errorf("after the refusal the field contains %q", got)
	}
	if got := app.API(t).Post("/api/auth/forgot-password", map[string]string{"email": "ada"}).RefusedField("email"); got != "invalid_email" {
		t.Errorf("code %q", got)
	}
}

func TestLimit_Mail(t *testing.T) {
	t.Parallel()
	app := rig.SharedWith(t, limited)
	c, p, _ := app.RegisterAPI(t)
	forgot := func(c *rig.API, address string) *rig.Response {
		return c.Post("/api/auth/forgot-password", map[string]string{"email": address})
	}
	// Emails to an account count together, from any client and for any spelling of the
	// email address.
	forgot(app.API(t), p.Email).Is(202)
	forgot(app.API(t), strings.ToUpper(p.Email)).Is(202)
	c.Post("/api/users/me/verification", nil).Is(202)
	checkLimited(t, forgot(app.API(t), p.Email), "mail_account", 3600)
	checkLimited(t, c.Post("/api/users/me/verification", nil), "mail_account", 3600)
	// One client and unused email addresses.
	client := app.API(t)
	for range 10 {
		forgot(client, rig.NewUser().Email).Is(202)
	}
	checkLimited(t, forgot(client, rig.NewUser().Email), "mail_ip", 3600)
	b := app.Browser(t)
	b.Addr = client.Addr
	b.Open("/forgot-password")
	if page := b.Send(rig.ForgotForm, rig.Values{"email": p.Email}).Is(429); !strings.Contains(page.Text("main"), "Try again in") {
		t.Errorf("the page does not show how long to wait: %s", page.Text("main"))
	}
}

// Wrong passwords of other clients do not lock out the owner, who uses the reset
// link.
func TestReset_AfterTooManyGuesses(t *testing.T) {
	t.Parallel()
	app := rig.SharedWith(t, tight)
	_, p := app.RegisterBrowser(t)
	for range 3 {
		app.API(t).TryLogin(p.Email, "not this one at all").Is(401)
	}
	app.API(t).TryLogin(p.Email, p.Password).Is(429)
	owner := app.Browser(t)
	owner.Open(requestReset(owner, p, 1))
	owner.Submit(rig.ResetForm, rig.Values{"password": nextPassword}).At("/login")
	for range 3 { // and the wrong passwords continue
		app.API(t).TryLogin(p.Email, "not this one at all").Is(401)
	}
	owner.Submit(rig.LoginForm, rig.Values{"email": p.Email, "password": nextPassword}).At("/dashboard")
}

func TestAPI_ResetPassword(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	c, p, tokens := app.RegisterAPI(t)
	c.Post("/api/auth/forgot-password", map[string]string{"email": p.Email}).Is(202)
	token := rig.TokenOf(app.Link(t, p.Email, rig.ResetMail, 1))
	reset := func(token, password string) *rig.Response {
		return app.API(t).Post("/api/auth/reset-password", map[string]string{"token": token, "password": password})
	}
	if got := reset(token, "password1234").RefusedField("password"); got != "too_common" {
		t.Errorf("a common password: %q", got)
	}
	if got := reset("nothing", nextPassword).RefusedField("token"); got != "link_dead" {
		t.Errorf("no token: %q", got)
	}
	got := atOnce(20, func(int) int { return reset(token, nextPassword).Status })
	// On a busy machine some requests may have waited too long for a hash.
	if got[204] != 1 || got[204]+got[422]+got[503] != 20 {
		t.Errorf("20 resets at once: %v, want one 204", got)
	}
	if got := reset(token, nextPassword).RefusedField("token"); got != "already_reset" {
		t.Errorf("the link again: %q", got)
	}
	c.Get("/api/users/me").Refused(401, "invalid_token")
	c.TryRefresh(tokens.Refresh).Is(401)
	app.API(t).TryLogin(p.Email, p.Password).Refused(401, "invalid_credentials")
	p.Password = nextPassword
	if !app.API(t).Login(p).User.EmailVerified {
		t.Error("the reset has not verified the email address")
	}
}

func TestCommand_UserResetPasswordByLink(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, p := app.RegisterBrowser(t)
	out := strings.TrimSpace(runCommand(t, app, "", "user", "reset-password", p.Email, "--link"))
	link, ours := strings.CutPrefix(out[strings.LastIndexByte(out, '\n')+1:], app.Base)
	if !ours || !b.SignedIn() {
		t.Fatalf("the command prints %q, or signed the user out", out)
	}
	other := app.Browser(t)
	other.Open(link).Is(200)
	other.Submit(rig.ResetForm, rig.Values{"password": nextPassword}).At("/login")
	if b.SignedIn() {
		t.Error("the earlier browser is still signed in")
	}
}

// Links expire at the stated time.
func TestReset_RunOut(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, p := app.RegisterBrowser(t)
	link := requestReset(app.Browser(t), p, 1)
	age := func(by time.Duration) {
		app.Exec(t, "UPDATE links SET expires_at = expires_at - $2::interval FROM users WHERE users.id = user_id AND users.email = $1", p.Email, by)
	}
	age(59 * time.Minute)
	b.Open(link).Is(200)
	age(time.Minute)
	checkDeadLink(t, b, link)
}

// The theme can be changed on the page of a link. The link stays valid.
func TestReset_ThemeKeepsTheLink(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	_, p := app.RegisterBrowser(t)
	b := app.Browser(t)
	b.Open(requestReset(b, p, 1)).Is(200)
	b.Press(rig.ThemeForm + ` [value="dark"]`).At("/reset-password")
	b.Submit(rig.ResetForm, rig.Values{"password": "short"}).Refused("password")
	b.Press(rig.ThemeForm + ` [value="light"]`).At("/reset-password")
	b.Submit(rig.ResetForm, rig.Values{"password": nextPassword}).At("/login")
}

func TestForgot_CrossSite(t *testing.T) {
	t.Parallel()
	b := rig.Shared(t).Browser(t)
	b.Open("/forgot-password")
	form := url.Values{"_csrf": {b.Page.Value("_csrf")}, "email": {"ada@example.com"}}
	b.Fetch("POST", "/forgot-password", form, rig.With("Sec-Fetch-Site", "cross-site")).Is(403)
	b.Fetch("POST", "/forgot-password", url.Values{"email": form["email"]}).Is(403)
}
