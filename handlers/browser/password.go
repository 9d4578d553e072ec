package browser

import (
	"github.com/gofiber/fiber/v2"

	"stoa/domain/accounts"
	"stoa/domain/sessions"
	"stoa/domain/signin"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/handlers/route"
	"stoa/platform/fault"
	"stoa/views"
)

const passwordFormPath = "/settings/password"

var passwordChanged = respond.NewFlash("password-changed", views.OK, "Your password is changed. Every other device and program has been signed out.")

// Password is the user's password.
type Password struct {
	accounts *accounts.Accounts
	sessions *sessions.Sessions
	signin   *signin.Authenticator
}

// Routes declares the routes.
func (p Password) Routes(to *route.Table) {
	to.Own.Get(passwordFormPath, p.Show)
	to.Own.Post(passwordFormPath, p.Update)
}

// Show shows the form for a new password.
func (p Password) Show(c *fiber.Ctx) error {
	return respond.Page(c, "accounts/password", p.page(c, nil))
}

// Update sets a new password, gives this browser a new session token and ends
// all other sessions of the user. No other browser counts as a known device then.
func (p Password) Update(c *fiber.Ctx) error {
	request := gate.From(c)
	sc := request.FormScope(c)
	done, err := p.accounts.ChangePassword(c.UserContext(), sc, accounts.PasswordChange{
		Current: gate.Field(c, "current_password"), Password: gate.Field(c, "password"),
	})
	if fault.Is(err, fault.Invalid) { // also when the form was sent twice: the current password is the new one then
		opened, again, errAgain := p.sessions.RotateAgain(c.UserContext(), sc)
		if errAgain != nil {
			return errAgain
		}
		if again {
			return passwordChangedBefore(c, request.RotateToken(c, opened.Token))
		}
	}
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
	return respond.RedirectFlash(c, passwordFormPath, passwordChanged)
}

// passwordChangedBefore responds to a form that was sent twice, when the browser has its
// token. It marks no browser as known.
func passwordChangedBefore(c *fiber.Ctx, err error) error {
	if err != nil {
		return err
	}
	return respond.RedirectFlash(c, passwordFormPath, passwordChanged)
}

func (p Password) page(c *fiber.Ctx, errs *views.Errors) views.Password {
	form := views.PasswordForm{Email: gate.From(c).User().Email, MinLength: p.accounts.MinPassword(), Errors: errs}
	return views.Password{Chrome: respond.Chrome(c), Form: form}
}
