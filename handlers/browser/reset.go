package browser

import (
	"github.com/gofiber/fiber/v2"

	"stoa/domain/onetime"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/views"
)

// NewReset shows the form for an address whose password is forgotten.
func (p *Pages) NewReset(c *fiber.Ctx) error {
	return respond.Page(c, "accounts/forgot", views.ForgotPage{Chrome: respond.Chrome(c)})
}

// RequestReset has a link sent, if the address has an account. The answer is the
// same if it has none.
func (p *Pages) RequestReset(c *fiber.Ctx) error {
	form := views.ForgotForm{Email: gate.Field(c, "email")}
	err := p.Accounts.RequestReset(c.UserContext(), gate.Named(c).Scope(), form.Email)
	if form.Errors = respond.FormErrors(err); form.Errors != nil {
		page := views.ForgotPage{Chrome: respond.Chrome(c), Form: form}
		return respond.Form(c, fiber.StatusUnprocessableEntity, "accounts/forgot", "accounts/_forgot_form", page)
	}
	if err != nil {
		return err
	}
	return respond.Redirect(c, "/forgot-password/sent", "")
}

// ResetSent says what happens now.
func (p *Pages) ResetSent(c *fiber.Ctx) error {
	return respond.Page(c, "accounts/forgot_sent", views.ForgotSent{Chrome: respond.Chrome(c)})
}

// EditReset shows the form for a new password.
func (p *Pages) EditReset(c *fiber.Ctx) error {
	link, err := p.Onetime.Peek(c.UserContext(), onetime.ResetPassword, c.Query("token"))
	if err != nil {
		return p.linkRefused(c, onetime.ResetPassword, fiber.StatusNotFound, err)
	}
	return respond.NoStore(c, respond.Page(c, "accounts/reset", p.resetPage(c, link, c.Query("token"), nil)))
}

// Reset sets the password by the link. This browser counts as known from then
// on, so that strangers who guess cannot keep the owner out.
func (p *Pages) Reset(c *fiber.Ctx) error {
	v, token := gate.Named(c), gate.Field(c, "token")
	done, err := p.Accounts.ResetPassword(c.UserContext(), v.Scope(), token, gate.Field(c, "password"))
	switch errs := respond.FormErrors(err); {
	case onetime.IsDead(err):
		return p.linkRefused(c, onetime.ResetPassword, fiber.StatusUnprocessableEntity, err)
	case errs != nil:
		return p.showResetForm(c, token, errs)
	case err != nil:
		return err
	}
	if v.Is(done.User.ID) {
		if err := v.SignOut(c); err != nil {
			return err
		}
	}
	v.SetDevice(c, p.Signin.Remember(v.Device(c), done.User.Email))
	return respond.RedirectCounted(c, "/login", "password-reset", done.Ended)
}

func (p *Pages) showResetForm(c *fiber.Ctx, token string, errs views.Errors) error {
	link, err := p.Onetime.Peek(c.UserContext(), onetime.ResetPassword, token)
	if err != nil {
		return p.linkRefused(c, onetime.ResetPassword, fiber.StatusUnprocessableEntity, err)
	}
	page := p.resetPage(c, link, token, errs)
	return respond.NoStore(c, respond.Form(c, fiber.StatusUnprocessableEntity, "accounts/reset", "accounts/_reset_form", page))
}

func (p *Pages) resetPage(c *fiber.Ctx, link onetime.Link, token string, errs views.Errors) views.Reset {
	form := views.ResetForm{Email: link.Email, Token: token, MinLength: p.Accounts.MinPassword(), Errors: errs}
	return views.Reset{Chrome: linkChrome(c, token), Form: form}
}
