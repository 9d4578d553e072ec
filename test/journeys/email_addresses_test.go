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

// Each form and the API say what to correct in a pasted email address, the forms keep
// what was typed, and invisible characters around it do not matter.
func TestEmail_Pasted(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, p := app.RegisterBrowser(t)
	for typed, want := range map[string]string{
		"mailto:" + p.Email:                               `Leave out "mailto:"`,
		"Ada <" + p.Email + ">":                           "without a name and brackets",
		p.Email + ",":                                     "Remove the , at the end",
		strings.Replace(p.Email, "@", "\u200b@", 1):       "an invisible character (U+200B)",
		strings.Replace(p.Email, "@", "\ufe0f\u200e@", 1): "an invisible character (U+FE0F)",
	} {
		stranger := app.Browser(t)
		for page, selector := range map[string]string{"/register": rig.RegisterForm, "/login": rig.LoginForm, "/forgot-password": rig.ForgotForm, "/settings/email": rig.EmailForm} {
			visitor := stranger
			if page == "/settings/email" {
				visitor = b
			}
			visitor.Open(page).Is(200)
			refused := visitor.Send(selector, rig.Values{"email": typed}).Is(422)
			if got := refused.Text("#email-error"); !strings.Contains(got, want) || refused.Value("email") != typed {
				t.Errorf("%s with %q: %q and the value %q", page, typed, got, refused.Value("email"))
			}
		}
		twin := rig.NewUser()
		twin.Email = typed
		if r := register(app.API(t), twin).Refused(422, "invalid_input"); len(r.Errors) != 1 || !strings.Contains(r.Errors[0].Message, want) {
			t.Errorf("the API with %q: %+v", typed, r.Errors)
		}
	}
	app.Browser(t).SignIn(rig.User{Email: "\u200b\u200e" + p.Email + "\ufe0f", Password: p.Password})
}
