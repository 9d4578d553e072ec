package browser

import (
	"github.com/gofiber/fiber/v2"

	"stoa/domain/accounts"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/views"
)

// Password shows the form for a new password.
func (p *Pages) Password(c *fiber.Ctx) error {
	return respond.Page(c, "accounts/password", p.passwordPage(c, nil))
}

// ChangePassword sets a new password, gives this browser a new session
// identifier and signs every other device and program out.
func (p *Pages) ChangePassword(c *fiber.Ctx) error {
	v := gate.Named(c)
	done, err := p.Accounts.ChangePassword(c.UserContext(), v.Scope(), accounts.PasswordChange{
		Current: gate.Field(c, "current_password"), Password: gate.Field(c, "password"),
	})
	if errs := respond.FormErrors(err); errs != nil {
		return respond.Form(c, fiber.StatusUnprocessableEntity, "accounts/password", "accounts/_password_form", p.passwordPage(c, errs))
	}
	if err != nil {
		return err
	}
	if err := v.RotateToken(c, done.Token); err != nil {
		return err
	}
	return respond.Redirect(c, "/settings/password", "password-changed")
}

func (p *Pages) passwordPage(c *fiber.Ctx, errs views.Errors) views.Password {
	form := views.PasswordForm{Email: gate.From(c).Scope().User.Email, MinLength: p.Accounts.MinPassword(), Errors: errs}
	return views.Password{Chrome: respond.Chrome(c), Form: form}
}
