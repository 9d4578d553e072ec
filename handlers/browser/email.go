package browser

import (
	"github.com/gofiber/fiber/v2"

	"stoa/domain/accounts"
	"stoa/domain/onetime"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/views"
)

const emailPath = "/settings/email"

// Email shows the person's address and the form for another.
func (p *Pages) Email(c *fiber.Ctx) error {
	page, err := p.emailPage(c, views.EmailForm{})
	if err != nil {
		return err
	}
	return respond.Page(c, "accounts/email", page)
}

// ChangeEmail asks for another address, which its owner has to confirm.
func (p *Pages) ChangeEmail(c *fiber.Ctx) error {
	form := views.EmailForm{Email: gate.Field(c, "email")}
	err := p.Accounts.RequestEmailChange(c.UserContext(), gate.Named(c).Scope(), accounts.EmailChange{
		Email: form.Email, Current: gate.Field(c, "current_password"),
	})
	if form.Errors = respond.FormErrors(err); form.Errors == nil {
		if err != nil {
			return err
		}
		return respond.Redirect(c, emailPath, "email-requested")
	}
	page, err := p.emailPage(c, form)
	if err != nil {
		return err
	}
	return respond.Form(c, fiber.StatusUnprocessableEntity, "accounts/email", "accounts/_email_form", page)
}

func (p *Pages) emailPage(c *fiber.Ctx, form views.EmailForm) (views.EmailPage, error) {
	sc := gate.From(c).Scope()
	pending, _, err := p.Accounts.PendingEmail(c.UserContext(), sc)
	form.Username = sc.User.Email
	return views.EmailPage{
		Chrome: respond.Chrome(c), Address: sc.User.Email, Verified: sc.User.EmailVerified, Pending: pending.Email, Form: form,
	}, err
}

// NewConfirmation shows the button that makes a new address count.
func (p *Pages) NewConfirmation(c *fiber.Ctx) error {
	return p.showConfirmLink(c, onetime.ConfirmEmail)
}

// ConfirmEmail makes a new address count by the link that was sent there.
func (p *Pages) ConfirmEmail(c *fiber.Ctx) error {
	v := gate.Named(c)
	changed, err := p.Accounts.ConfirmEmail(c.UserContext(), v.Scope(), gate.Field(c, "token"))
	if err != nil {
		return p.linkRefused(c, onetime.ConfirmEmail, fiber.StatusUnprocessableEntity, err)
	}
	if !v.Is(changed.ID) {
		return redirectHome(c, changed.ID, "email-changed", "other-changed")
	}
	// A browser is known by the address that it was let in with.
	v.SetDevice(c, p.Signin.Remember(v.Device(c), changed.Email))
	return respond.Redirect(c, emailPath, "email-changed")
}

// NewUndoing shows the button that undoes a change of address.
func (p *Pages) NewUndoing(c *fiber.Ctx) error { return p.showConfirmLink(c, onetime.UndoEmail) }

// UndoEmail gives an account its address back by the link that was sent there,
// and leads on to a new password.
func (p *Pages) UndoEmail(c *fiber.Ctx) error {
	v := gate.Named(c)
	done, err := p.Accounts.UndoEmail(c.UserContext(), v.Scope(), gate.Field(c, "token"))
	if err != nil {
		return p.linkRefused(c, onetime.UndoEmail, fiber.StatusUnprocessableEntity, err)
	}
	if v.Is(done.User.ID) {
		if err := v.SignOut(c); err != nil {
			return err
		}
	}
	return respond.NoStore(c, respond.RedirectCounted(c, onetime.Path(onetime.ResetPassword, done.Reset), "email-restored", done.Ended))
}
