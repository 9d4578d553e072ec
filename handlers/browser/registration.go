package browser

import (
	"github.com/gofiber/fiber/v2"

	"stoa/domain/accounts"
	"stoa/domain/signin"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/views"
)

// NewRegistration shows the form for an account.
func (p *Pages) NewRegistration(c *fiber.Ctx) error {
	if gate.From(c).SignedIn() {
		return respond.Redirect(c, dashboard, "")
	}
	return respond.Page(c, "accounts/register", p.registration(c, views.RegisterForm{}))
}

// Register makes an account and signs its owner in.
func (p *Pages) Register(c *fiber.Ctx) error {
	r := accounts.Registration{
		Name: gate.Field(c, "name"), Email: gate.Field(c, "email"), Password: gate.Field(c, "password"),
	}
	v := gate.Named(c)
	in, err := p.Signin.Register(c.UserContext(), v.Scope(), r, signin.Browser)
	if errs := respond.FormErrors(err); errs != nil {
		form := views.RegisterForm{Name: r.Name, Email: r.Email, Errors: errs}
		return respond.Form(c, fiber.StatusUnprocessableEntity, "accounts/register", "accounts/_register_form", p.registration(c, form))
	}
	if err != nil {
		return err
	}
	return p.signIn(c, in, dashboard)
}

func (p *Pages) registration(c *fiber.Ctx, form views.RegisterForm) views.Register {
	form.MinLength = p.Accounts.MinPassword()
	return views.Register{Chrome: respond.Chrome(c), Form: form}
}

// signIn gives the browser its session and sends it on.
func (p *Pages) signIn(c *fiber.Ctx, in signin.Result, next string) error {
	v := gate.From(c)
	if err := v.SignIn(c, in.Session); err != nil {
		return err
	}
	gate.LogUser(c, in.User)
	v.SetDevice(c, p.Signin.Remember(v.Device(c), in.User.Email))
	return respond.Redirect(c, next, "")
}
