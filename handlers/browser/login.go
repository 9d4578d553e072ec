package browser

import (
	"github.com/gofiber/fiber/v2"

	"stoa/domain/signin"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/platform/fault"
	"stoa/views"
)

// NewLogin shows the sign-in form.
func (p *Pages) NewLogin(c *fiber.Ctx) error {
	next := gate.LocalPath(c.Query("next"))
	if gate.From(c).SignedIn() {
		return respond.Redirect(c, nextOrDashboard(next), "")
	}
	return respond.Page(c, "accounts/login", views.Login{Chrome: respond.Chrome(c), Form: views.LoginForm{Next: next}})
}

// Login signs somebody in. Every failure has the same answer: it does not say
// whether there is such an account.
func (p *Pages) Login(c *fiber.Ctx) error {
	form := views.LoginForm{
		Email: gate.Field(c, "email"), Remember: gate.Field(c, "remember") != "", Next: gate.LocalPath(gate.Field(c, "next")),
	}
	way := signin.Browser
	if form.Remember {
		way = signin.Remembered
	}
	v := gate.Named(c)
	in, err := p.Signin.SignIn(c.UserContext(), v.Scope(), signin.Credentials{
		Email: form.Email, Password: gate.Field(c, "password"), Device: v.Device(c),
	}, way)
	if form.Errors = loginErrors(err); form.Errors != nil {
		page := views.Login{Chrome: respond.Chrome(c), Form: form}
		return respond.Form(c, fiber.StatusUnprocessableEntity, "accounts/login", "accounts/_login_form", page)
	}
	if err != nil {
		return err
	}
	return p.signIn(c, in, nextOrDashboard(form.Next))
}

func loginErrors(err error) views.Errors {
	if f := fault.As(err); f != nil && f.Kind == fault.Unauthenticated {
		return views.Errors{{Message: f.Message}}
	}
	return respond.FormErrors(err)
}

// Logout ends the browser's session. Without one there is nothing to end, and
// the answer is the same.
func (p *Pages) Logout(c *fiber.Ctx) error {
	if err := gate.From(c).SignOut(c); err != nil {
		return err
	}
	return respond.Redirect(c, "/login", "signed-out")
}

func nextOrDashboard(next string) string {
	if next == "" {
		return dashboard
	}
	return next
}
