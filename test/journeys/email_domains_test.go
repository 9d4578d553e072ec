package journeys

import (
	"strings"
	"testing"

	"stoa/test/rig"
)

// A user reads and types an international domain in Unicode: on the pages, in the
// emails, in the user name for password managers and in the mail of a development
// server. Mail servers get its A-label.
func TestEmail_InternationalDomain(t *testing.T) {
	t.Parallel()
	app := rig.Start(t)
	p := rig.NewUser()
	local, _, _ := strings.Cut(p.Email, "@")
	stored := local + "@xn--bcher-kva.example"
	p.Email = local + "@bücher.example"
	b := app.Browser(t)
	b.Register(p)
	b.Open(app.Link(t, stored, rig.VerifyMail, 1))
	b.Submit(rig.UseForm)
	b.Open("/settings/email")
	b.Submit(rig.EmailForm, rig.Values{"email": local + "@straße.example", "current_password": p.Password}).At("/settings/email")
	text := app.Email(t, stored, rig.UndoMail, 1)
	if !strings.Contains(text, " to "+local+"@straße.example.") {
		t.Errorf("the email about the change is\n%s", text)
	}
	rig.Await(t, "the email to the new address", func() bool { return app.Waiting(t) == 0 })
	for _, path := range []string{"/dashboard", "/settings/email", "/settings/password", "/settings/account", "/dev/mail", "/dev/mail?q=" + p.Email} {
		page := b.Open(path).Is(200)
		if strings.Contains(page.Body, "xn--") || !strings.Contains(page.Body, p.Email) {
			t.Errorf("%s does not show %s\n%s", path, p.Email, page.Text("main"))
		}
		if form := page.Find(`input[name="username"]`); form.Length() > 0 && form.AttrOr("value", "") != p.Email {
			t.Errorf("%s: the user name is %q", path, form.AttrOr("value", ""))
		}
	}
	if r := rig.Run(t, app.Env, "", "user", "list"); r.Status != 0 || !strings.Contains(r.Out, p.Email) {
		t.Errorf("user list = %d\n%s", r.Status, r.Out)
	}
	app.Browser(t).SignIn(p)
}
