package journeys

import (
	"encoding/json"
	"net/url"
	"stoa/test/rig"
	"strings"
	"testing"
)

// requestEmailChange requests a change of the email address. It returns the links
// sent to the new and to the old email address.
func requestEmailChange(b *rig.Browser, p rig.User, to string) (confirm, undo string) {
	b.T.Helper()
	b.Open("/settings/email")
	b.Submit(rig.EmailForm, rig.Values{"email": to, "current_password": p.Password}).At("/settings/email")
	if got := b.Page.Text("main"); !strings.Contains(got, to) {
		b.T.Errorf("the page does not show that %s is pending: %s", to, got)
	}
	return b.App.Link(b.T, to, rig.ConfirmMail, 1), b.App.Link(b.T, p.Email, rig.UndoMail, 1)
}

func TestEmail_ConfirmedElsewhere(t *testing.T) {
	t.Parallel()
	one, two := replicas(t)
	home, p := one.RegisterBrowser(t)
	next := rig.NewUser().Email
	confirm, _ := requestEmailChange(home, p, next)
	if got := home.Open("/settings/email").Text("#address-title ~ *, .kv dd"); !strings.Contains(home.Page.Text(".kv"), p.Email) {
		t.Errorf("before the confirmation the email address is %q", got)
	}
	phone := two.Browser(t)
	for range 2 {
		checkNotStored(t, phone.Open(confirm).Is(200))
	}
	one.API(t).TryLogin(next, p.Password).Is(401)
	phone.Submit(rig.UseForm).Refused("password")
	phone.Submit(rig.UseForm, rig.Values{"password": p.Password}).At("/login")
	if !home.SignedIn() || !strings.Contains(home.Open("/settings/email").Text(".kv"), next+" Verified") {
		t.Errorf("after the confirmation: %s", home.Page.Text(".kv"))
	}
	one.API(t).TryLogin(p.Email, p.Password).Is(401)
	p.Email = next
	if !one.API(t).Login(p).User.EmailVerified {
		t.Error("the new email address is not verified")
	}
	checkDone(t, phone, confirm, "Your email address is now "+next)
	checkDone(t, home, confirm, "Your email address is now "+next)
}

func TestEmail_Undone(t *testing.T) {
	t.Parallel()
	one, two := replicas(t)
	attacker, p := one.RegisterBrowser(t)
	next := rig.NewUser().Email
	confirm, undo := requestEmailChange(attacker, p, next)
	attacker.Open(confirm)
	attacker.Submit(rig.UseForm).At("/settings/email")
	stolen := rig.User{Email: next, Password: p.Password}
	reset := requestReset(one.Browser(t), stolen, 1)

	owner := two.Browser(t)
	for range 2 {
		checkNotStored(t, owner.Open(undo).Is(200))
	}
	if !attacker.SignedIn() {
		t.Fatal("opening the page of the link used it")
	}
	page := owner.Submit(rig.UseForm).At("/reset-password")
	checkNotStored(t, page)
	if got := page.Text("#flash"); !strings.Contains(got, "address again") {
		t.Errorf("after the undo: %q", got)
	}
	if attacker.SignedIn() {
		t.Error("the browser that changed the email address is still signed in")
	}
	checkDeadLink(t, owner, reset)
	checkDone(t, owner, undo, "no change to undo")
	owner.Open(page.URL.RequestURI()).Is(200)
	p.Password = nextPassword
	owner.Submit(rig.ResetForm, rig.Values{"password": p.Password}).At("/login")
	one.API(t).TryLogin(next, stolen.Password).Is(401)
	one.API(t).Login(p)
}

// The response is the same for a taken email address. Only the link in the email
// reports that it is taken.
func TestEmail_TakenAddress(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, p := app.RegisterBrowser(t)
	_, other := app.RegisterBrowser(t)
	confirm, _ := requestEmailChange(b, p, other.Email)
	flash := b.Page.Text("#flash")
	b.Open(confirm).Is(200)
	if page := b.Send(rig.UseForm).Is(422); !strings.Contains(page.Text("h1"), "taken") {
		t.Errorf("the confirmation of a taken email address: %s", page.Text("main"))
	}
	free, q := app.RegisterBrowser(t)
	requestEmailChange(free, q, rig.NewUser().Email)
	if got := free.Page.Text("#flash"); got != flash {
		t.Errorf("the response is %q for an unused email address, %q for a taken one", got, flash)
	}
	app.API(t).Login(other)
}

func TestEmail_Refused(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, p := app.RegisterBrowser(t)
	b.Open("/settings/email")
	next := rig.NewUser().Email
	b.Submit(rig.EmailForm, rig.Values{"email": next, "current_password": "not this one at all"}).Refused("current_password")
	if got := b.Page.Value("email"); got != next {
		t.Errorf("after the refusal the field contains %q", got)
	}
	b.Submit(rig.EmailForm, rig.Values{"email": "ada", "current_password": p.Password}).Refused("email")
	b.Submit(rig.EmailForm, rig.Values{"email": p.Email, "current_password": p.Password}).Refused("email")
	c := app.API(t)
	c.Login(p)
	put := func(email, password string) *rig.Response {
		return c.Call("PUT", "/api/users/me/email", map[string]string{"email": email, "current_password": password})
	}
	if got := put(next, "not this one at all").RefusedField("current_password"); got != "wrong_password" {
		t.Errorf("a wrong password: %q", got)
	}
	if got := put(p.Email, p.Password).RefusedField("email"); got != "unchanged" {
		t.Errorf("the current email address: %q", got)
	}
	if app.Emails(t, next, rig.ConfirmMail) != 0 {
		t.Error("a refused change sent an email")
	}
	put(next, p.Password).Is(202)
	app.Link(t, next, rig.ConfirmMail, 1)
}

// A confirmation and registrations of the same email address run concurrently.
// Exactly one gets it.
func TestEmail_BesideRegistration(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, p := app.RegisterBrowser(t)
	q := rig.NewUser()
	confirm, _ := requestEmailChange(b, p, q.Email)
	b.Open(confirm)
	form := b.Page.Form(rig.UseForm)
	fields := form.Fill()
	got := atOnce(4, func(i int) int {
		if i == 0 {
			return b.Fetch("POST", form.Action, fields).Status
		}
		return app.API(t).Post("/api/auth/register", map[string]string{"name": q.Name, "email": q.Email, "password": q.Password}).Status
	})
	if got[303]+got[201] != 1 || got[422]+got[409] != 3 {
		t.Errorf("statuses %v, want one success", got)
	}
}

func TestNotice_OfANewDevice(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, p := app.RegisterBrowser(t)
	b.Submit(rig.LogoutForm)
	b.SignIn(p) // a known browser
	other := app.Browser(t)
	other.SignIn(p)
	text := app.Email(t, p.Email, rig.DeviceMail, 1)
	if !strings.Contains(text, other.Addr) || !strings.Contains(text, "Firefox on Linux") {
		t.Errorf("the email lacks the IP address or the device:\n%s", text)
	}
	if got := app.Emails(t, p.Email, rig.DeviceMail); got != 1 {
		t.Errorf("%d emails, want one", got)
	}
}

func TestNotice_OfTheEnd(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, p := app.RegisterBrowser(t)
	b.Open("/settings/account")
	b.Submit(rig.DeleteForm, rig.Values{"current_password": p.Password}).At("/")
	app.Email(t, p.Email, rig.ClosedMail, 1)
}

func TestExport_IsAFile(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, p := app.RegisterBrowser(t)
	link := requestReset(app.Browser(t), p, 1)
	b.Open("/settings/account")
	if page := b.Send(rig.ExportForm, rig.Values{"current_password": "not this one at all"}).Is(422); page.Find("#export_password[aria-invalid]").Length() != 1 {
		t.Errorf("a wrong password: %s", page.Text("main"))
	}
	file := b.Send(rig.ExportForm, rig.Values{"current_password": p.Password}).Is(200)
	checkNotStored(t, file)
	if got := file.Header.Get("Content-Disposition"); !strings.HasPrefix(got, "attachment") || !strings.Contains(got, ".json") {
		t.Errorf("Content-Disposition = %q", got)
	}
	var data map[string]any
	if err := json.Unmarshal([]byte(file.Body), &data); err != nil || !strings.Contains(file.Body, p.Email) || !strings.Contains(file.Body, "session.opened") {
		t.Errorf("the file is %s: %v", file.Body, err)
	}
	for _, secret := range []string{rig.TokenOf(link), "password_hash", "$2a$", "token_hash"} {
		if strings.Contains(file.Body, secret) {
			t.Errorf("the file contains %q", secret)
		}
	}
	c := app.API(t)
	c.Login(p)
	c.Post("/api/users/me/export", map[string]string{"password": "not this one at all"}).RefusedField("password")
	if got := string(c.Post("/api/users/me/export", map[string]string{"password": p.Password}).Is(200).Body); !strings.Contains(got, `"reset_password"`) {
		t.Errorf("the API's export has no links: %s", got)
	}
}

func TestEmail_CrossSite(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, p := app.RegisterBrowser(t)
	form := url.Values{"_csrf": {b.Open("/settings/email").Value("_csrf")}, "email": {rig.NewUser().Email}, "current_password": {p.Password}}
	b.Fetch("POST", "/settings/email", form, rig.With("Sec-Fetch-Site", "cross-site")).Is(403)
	link := app.Link(t, p.Email, rig.VerifyMail, 1)
	b.Open(link)
	b.Fetch("POST", "/verify-email", url.Values{"_csrf": {b.Page.Value("_csrf")}, "token": {rig.TokenOf(link)}}, rig.With("Sec-Fetch-Site", "cross-site")).Is(403)
	b.Fetch("POST", "/verify-email", url.Values{"token": {rig.TokenOf(link)}}).Is(403)
}
