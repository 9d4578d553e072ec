package browser

import (
	"github.com/gofiber/fiber/v2"

	"stoa/domain/accounts"
	"stoa/domain/signin"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/handlers/route"
	"stoa/views"
)

var passwordChanged = respond.NewFlash("password-changed", views.OK, "Your password is changed. Every other device and program has been signed out.")

// Password is the user's password.
type Password struct {
	accounts *accounts.Accounts
	signin   *signin.Authenticator
}

// Routes declares the routes.
func (p Password) Routes(to *route.Table) {
	to.Own.Get("/settings/password", p.Show)
	to.Own.Post("/settings/password", p.Update)
}

// Show shows the form for a new password.
func (p Password) Show(c *fiber.Ctx) error {
	return respond.Page(c, "accounts/password", p.page(c, nil))
}

// Update sets a new password, gives this browser a new session token and ends
// all other sessions of the user. No other browser counts as a known device then.
func (p Password) Update(c *fiber.Ctx) error {
	request := gate.From(c)
	done, err := p.accounts.ChangePassword(c.UserContext(), request.Scope(), accounts.PasswordChange{
		Current: gate.Field(c, "current_password"), Password: gate.Field(c, "password"),
	})
	if errs := respond.FormErrors(c, err); errs != nil {
		return respond.Form(c, fiber.StatusUnprocessableEntity, "accounts/password", "accounts/_password_form", p.page(c, errs))
	}
	if err != nil {
		return err
	}
	if err := request.RotateToken(c, done.Token); err != nil {
		return err
	}
	request.SetDevice(c, p.signin.Remember(request.Device(c), request.User().Email))
	return respond.RedirectFlash(c, "/settings/password", passwordChanged)
}

func (p Password) page(c *fiber.Ctx, errs *views.Errors) views.Password {
	form := views.PasswordForm{Email: gate.From(c).User().Email, MinLength: p.accounts.MinPassword(), Errors: errs}
	return views.Password{Chrome: respond.Chrome(c), Form: form}
}
