package journeys

import (
	"strings"
	"testing"

	"stoa/test/rig"
)

// A link counts in no browser of another user, and never for that user's account.
func TestLink_SignedInAsAnother(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	attacker, p := app.RegisterBrowser(t)
	other, q := app.RegisterBrowser(t)
	link := app.Link(t, p.Email, rig.VerifyMail, 1)
	page := other.Open(link).Is(200)
	if got := page.Text("main"); !strings.Contains(got, p.Name) || strings.Contains(got, q.Email) {
		t.Errorf("the page names another account: %s", got)
	}
	other.Submit(rig.UseForm, rig.Values{"password": q.Password}).Refused("password")
	for name, b := range map[string]*rig.Browser{"link's": attacker, "other": other} {
		if b.Open("/dashboard").Find("section.waiting").Length() == 0 {
			t.Errorf("the email address of the %s account is verified", name)
		}
	}
	other.Open(link)
	other.Submit(rig.UseForm, rig.Values{"password": p.Password}).At("/dashboard")
	if got := other.Page.Text("#flash"); !strings.Contains(got, "that account") || other.Page.Find("section.waiting").Length() == 0 {
		t.Errorf("after the password of the link's account: %q", got)
	}
	checkDone(t, other, link, p.Email+" is verified. You are signed in to another account.")
}

// "This was not me" deletes an account that a stranger made with the email address of
// the mailbox's owner, who can then register.
func TestLink_NotMe(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	attacker, p := app.RegisterBrowser(t)
	client := app.API(t)
	tokens := client.Login(p)
	link := app.Link(t, p.Email, rig.VerifyMail, 1)
	reset := requestReset(app.Browser(t), p, 1)
	owner := app.Browser(t)
	owner.Open(link).Is(200)
	if got := owner.Submit(rig.DisownForm).At("/").Text("#flash"); !strings.Contains(got, "deleted") {
		t.Errorf("after the button: %q", got)
	}
	if attacker.SignedIn() {
		t.Error("the browser that made the account is still signed in")
	}
	client.Get("/api/users/me").Refused(401, "invalid_token")
	client.TryRefresh(tokens.Refresh).Is(401)
	checkDone(t, owner, link, "account of this link is deleted")
	if got := app.API(t).Post("/api/auth/verify-email", map[string]string{"token": rig.TokenOf(link)}).RefusedField("token"); got != "disowned" {
		t.Errorf("the API says %q of the link", got)
	}
	checkDeadLink(t, owner, reset)
	got := rig.Ask[string](t, app, "SELECT string_agg(event, ' ' ORDER BY at, id) FROM audit_entries WHERE user_id = $1 AND event IN ('email.disowned', 'user.closed')", tokens.User.ID)
	if got != "email.disowned user.closed" {
		t.Errorf("audit events %q", got)
	}
	own := rig.User{Name: "The owner", Email: p.Email, Password: "eleven paper lanterns"}
	owner.Register(own)
	app.API(t).TryLogin(p.Email, p.Password).Is(401)
}

// On the link of a change, "This was not me" only cancels the change of a verified
// account: its user may have mistyped the new email address.
func TestLink_NotMe_ChangeOfAVerifiedAccount(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, p := app.RegisterBrowser(t)
	b.Open(app.Link(t, p.Email, rig.VerifyMail, 1))
	b.Submit(rig.UseForm).At("/dashboard")
	next := rig.NewUser()
	confirm, _ := requestEmailChange(b, p, next.Email)
	reader := app.Browser(t)
	reader.Open(confirm).Is(200)
	if got := reader.Page.Text("main"); !strings.Contains(got, p.Name) || strings.Contains(got, p.Email) {
		t.Errorf("the page must name the account, and not its present email address: %s", got)
	}
	reader.Submit(rig.DisownForm).At("/")
	if got := reader.Page.Text("#flash"); !strings.Contains(got, "cancelled") {
		t.Errorf("after the button: %q", got)
	}
	checkDone(t, reader, confirm, "change of this link is cancelled")
	if got := b.Open("/settings/email").Is(200).Text(".kv"); !strings.Contains(got, p.Email+" Verified") || strings.Contains(got, next.Email) {
		t.Errorf("the account has %q", got)
	}
	reader.Register(next)
}

func TestAPI_VerifyEmail(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	c, p, _ := app.RegisterAPI(t)
	other, q, _ := app.RegisterAPI(t)
	token := rig.TokenOf(app.Link(t, p.Email, rig.VerifyMail, 1))
	verify := func(c *rig.API, password string) *rig.Response {
		body := map[string]string{"token": token}
		if password != "" {
			body["password"] = password
		}
		return c.Post("/api/auth/verify-email", body)
	}
	for what, tt := range map[string]struct {
		c              *rig.API
		password, code string
	}{
		"the token alone":               {app.API(t), "", "required"},
		"another user":                  {other, "", "required"},
		"another user's own password":   {other, q.Password, "wrong_password"},
		"signed out and wrong password": {app.API(t), "not this one at all", "wrong_password"},
	} {
		if got := verify(tt.c, tt.password).RefusedField("password"); got != tt.code {
			t.Errorf("%s: %q, want %q", what, got, tt.code)
		}
	}
	verify(app.API(t).Bearer("x"), "").Refused(401, "invalid_token")
	if verified := rig.Decode[rig.APIUser](c.Get("/api/users/me").Is(200)).EmailVerified; verified {
		t.Fatal("a refused call verified the email address")
	}
	verify(c, "").Is(204)
	if got := verify(c, "").RefusedField("token"); got != "already_verified" {
		t.Errorf("the link again: %q", got)
	}
	if got := verify(app.API(t), p.Password).RefusedField("token"); got != "already_verified" {
		t.Errorf("the link again, signed out: %q", got)
	}
	if !app.API(t).Login(p).User.EmailVerified {
		t.Error("the email address is not verified")
	}
}

// changeByAPI requests a change of the email address by the API and returns the token
// that confirms it.
func changeByAPI(t *testing.T, c *rig.API, p rig.User, next string) string {
	t.Helper()
	c.Call("PUT", "/api/users/me/email", map[string]string{"email": next, "current_password": p.Password}).Is(202)
	return rig.TokenOf(c.App.Link(t, next, rig.ConfirmMail, 1))
}

func TestAPI_ConfirmEmail(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	c, p, _ := app.RegisterAPI(t)
	_, taken, _ := app.RegisterAPI(t)
	confirm := func(c *rig.API, token, password string) *rig.Response {
		return c.Post("/api/auth/confirm-email", map[string]string{"token": token, "password": password})
	}
	confirm(c, changeByAPI(t, c, p, taken.Email), "").Refused(409, "email_taken")
	next := rig.NewUser().Email
	token := changeByAPI(t, c, p, next)
	if got := confirm(app.API(t), token, "").RefusedField("password"); got != "required" {
		t.Errorf("the token alone: %q", got)
	}
	confirm(app.API(t), token, p.Password).Is(204)
	problem := confirm(c, token, "").Refused(422, "invalid_input")
	if e := problem.Errors[0]; e.Code != "already_changed" || !strings.Contains(e.Message, "Your email address is now "+next) {
		t.Errorf("the link again: %+v", e)
	}
	p.Email = next
	app.API(t).Login(p)
}

// A pending change can be sent again and cancelled, on the page and by the API.
func TestEmail_PendingResentAndCancelled(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, p := app.RegisterBrowser(t)
	next := rig.NewUser().Email
	older, _ := requestEmailChange(b, p, next)
	if got := b.Submit(rig.ChangeResend).At("/settings/email").Text("#flash"); !strings.Contains(got, "on its way") {
		t.Errorf("after another request: %q", got)
	}
	newer := app.Link(t, next, rig.ConfirmMail, 2)
	app.Link(t, p.Email, rig.UndoMail, 2) // another week to undo it
	checkDeadLink(t, b, older)
	stale := b.Open("/settings/email").Form(rig.ChangeResend)
	if got := b.Submit(rig.ChangeCancel).At("/settings/email").Text("main"); strings.Contains(got, next) || !strings.Contains(b.Page.Text("#flash"), "cancelled") {
		t.Errorf("after the cancellation: %s", got)
	}
	checkDeadLink(t, b, newer)
	if got := b.Follow(b.Fetch("POST", stale.Action, stale.Fill())).At("/settings/email").Text("#flash"); !strings.Contains(got, "No change") {
		t.Errorf("the button of an old page: %q", got)
	}
	c := app.API(t)
	c.Login(p)
	const path = "/api/users/me/email-change"
	for _, method := range []string{"GET", "POST", "DELETE"} {
		c.Call(method, path, nil).Refused(404, "not_found")
	}
	again := rig.NewUser().Email
	changeByAPI(t, c, p, again)
	if got := string(c.Get(path).Is(200).Body); !strings.Contains(got, again) {
		t.Errorf("GET %s = %s", path, got)
	}
	c.Post(path, nil).Is(202)
	token := rig.TokenOf(app.Link(t, again, rig.ConfirmMail, 2))
	c.Call("DELETE", path, nil).Is(204)
	if got := c.Post("/api/auth/confirm-email", map[string]string{"token": token}).RefusedField("token"); got != "link_dead" {
		t.Errorf("the link of a cancelled change: %q", got)
	}
	if got := rig.Ask[int](t, app, "SELECT count(*) FROM audit_entries JOIN users u ON u.id = user_id WHERE event = 'email.cancelled' AND u.email = $1", p.Email); got != 2 {
		t.Errorf("%d entries about the cancellations, want 2", got)
	}
}

// The undo link of a change that has not happened only cancels the change: it is no link
// to set a password.
func TestEmail_UndoneBeforeTheChange(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, p := app.RegisterBrowser(t)
	confirm, undo := requestEmailChange(b, p, rig.NewUser().Email)
	reader := app.Browser(t)
	if got := reader.Open(undo).Is(200).Text("main"); !strings.Contains(got, "Nothing has changed yet") {
		t.Errorf("the page says %q", got)
	}
	page := reader.Submit(rig.UseForm).At("/forgot-password")
	if got := page.Text("#flash"); !strings.Contains(got, "cancelled") {
		t.Errorf("after the button: %q", got)
	}
	if !b.SignedIn() {
		t.Error("the user is signed out")
	}
	checkDeadLink(t, reader, confirm)
	checkDone(t, reader, undo, "no change to undo")
	if got := rig.Ask[int](t, app, "SELECT count(*) FROM links JOIN users u ON u.id = user_id WHERE purpose = 'reset_password' AND u.email = $1", p.Email); got != 0 {
		t.Errorf("%d reset links, want none", got)
	}
	app.API(t).Login(p)
	// A cancelled change leaves nothing to undo.
	_, undo = requestOther(b, p)
	b.Open("/settings/email")
	b.Submit(rig.ChangeCancel)
	if got := reader.Open(undo).Is(200).Text("main"); !strings.Contains(got, "no change to undo") || reader.Page.Find(rig.UseForm).Length() != 0 {
		t.Errorf("the link that undoes a cancelled change: %q", got)
	}
}

// requestOther requests a second change and returns its links.
func requestOther(b *rig.Browser, p rig.User) (confirm, undo string) {
	b.T.Helper()
	next := rig.NewUser().Email
	b.Open("/settings/email")
	b.Submit(rig.EmailForm, rig.Values{"email": next, "current_password": p.Password}).At("/settings/email")
	return b.App.Link(b.T, next, rig.ConfirmMail, 1), b.App.Link(b.T, p.Email, rig.UndoMail, 2)
}

// A link works with the characters that follow it in a sentence.
func TestLink_TrailingCharacters(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, p := app.RegisterBrowser(t)
	link := app.Link(t, p.Email, rig.VerifyMail, 1)
	for _, end := range []string{".", ")", "%20", ">", "%3E", "%22", ",", "%0D%0A", "_", "%E2%80%9D", ").%20"} {
		if page := b.Open(link + end).Is(200); page.Value("token") != rig.TokenOf(link) {
			t.Errorf("%q: the page has the token %q", end, page.Value("token"))
		}
	}
	reset := requestReset(app.Browser(t), p, 1)
	b.Open(reset + ").").Is(200)
	c := app.API(t)
	c.Login(p)
	c.Post("/api/auth/verify-email", map[string]string{"token": " " + rig.TokenOf(link) + ").\n"}).Is(204)
}

// A path in an email leads to its page with the characters that follow it, and never to
// another host.
func TestLink_TrailingCharactersOfAPath(t *testing.T) {
	t.Parallel()
	b, _ := rig.Shared(t).RegisterBrowser(t)
	for path, want := range map[string]string{
		"/settings/sessions.":              "/settings/sessions",
		"/settings/password)":              "/settings/password",
		"/settings/sessions%20":            "/settings/sessions",
		"/settings/sessions%E2%80%9D).":    "/settings/sessions",
		"/verify-email).?token=x":          "/verify-email?token=x",
		"/).":                              "/",
		"/login//?next=%2F":                "/login?next=%2F",
		"/settings//sessions":              "/settings/sessions",
		"/settings/password%0D%0A?a=b%20c": "/settings/password?a=b%20c",
	} {
		b.Fetch("GET", path, nil).Leads(want)
	}
	for _, path := range []string{"/evil.example//", "//evil.example.", "//evil.example/%20", "/%5Cevil.example)", "/settings/%61"} {
		if page := b.Fetch("GET", path, nil); page.Status < 400 {
			t.Errorf("GET %s = %d to %s", path, page.Status, page.Header.Get("Location"))
		}
	}
	b.App.API(t).Get("/api/users/me.").Is(404)
}

// A user of many accounts can send few emails to a mailbox, by the page and by the API.
func TestLimit_MailToAMailbox(t *testing.T) {
	t.Parallel()
	app := rig.SharedWith(t, limited)
	next := rig.NewUser().Email
	for i := range 8 {
		b, p := app.RegisterBrowser(t)
		b.Open("/settings/email")
		status := b.Send(rig.EmailForm, rig.Values{"email": next, "current_password": p.Password}).Status
		if want := map[bool]int{true: 303, false: 429}[i < 3]; status != want {
			t.Errorf("request %d: %d, want %d", i+1, status, want)
		}
	}
	c, p, _ := app.RegisterAPI(t)
	response := c.Call("PUT", "/api/users/me/email", map[string]string{"email": next, "current_password": p.Password})
	checkLimited(t, response, "mail_account", 3600)
	app.Email(t, next, rig.ConfirmMail, 3)
	if got := app.Emails(t, next, rig.ConfirmMail); got != 3 {
		t.Errorf("%d emails, want three", got)
	}
}

// After a new password, the browser of an attacker who knows it sends the notice that
// each new device sends, and the browser in which it was set does not.
func TestPassword_EndsKnownBrowsers(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	owner, p := app.RegisterBrowser(t)
	thief := app.Browser(t)
	thief.SignIn(p)
	app.Email(t, p.Email, rig.DeviceMail, 1)
	next := p
	next.Password = nextPassword
	owner.Open("/settings/password")
	owner.Submit(rig.PasswordForm, rig.Values{"current_password": p.Password, "password": next.Password}).At("/settings/password")
	owner.Submit(rig.LogoutForm)
	owner.SignIn(next)
	thief.SignIn(next)
	app.Email(t, p.Email, rig.DeviceMail, 2)

	reset := app.Browser(t)
	reset.Open(requestReset(reset, next, 1))
	reset.Submit(rig.ResetForm, rig.Values{"password": p.Password}).At("/login")
	reset.SignIn(p)
	owner.SignIn(p)
	app.Email(t, p.Email, rig.DeviceMail, 3)
	if got := app.Emails(t, p.Email, rig.DeviceMail); got != 3 {
		t.Errorf("%d emails about new devices, want one of the thief's first sign-in, and one after each new password", got)
	}
}
