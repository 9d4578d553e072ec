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
	err := p.Accounts.RequestEmail(c.UserContext(), gate.Named(c).Scope(), accounts.EmailChange{
		Email: form.Email, Current: gate.Field(c, "current_password"),
	})
	if form.Errors = respond.FormErrors(err); form.Errors == nil {
		if err != nil {
			return err
		}
		return respond.See(c, emailPath, "email-requested")
	}
	page, err := p.emailPage(c, form)
	if err != nil {
		return err
	}
	return respond.Form(c, fiber.StatusUnprocessableEntity, "accounts/email", "accounts/_email_form", page)
}

func (p *Pages) emailPage(c *fiber.Ctx, form views.EmailForm) (views.Email, error) {
	sc := gate.From(c).Scope()
	pending, _, err := p.Accounts.PendingEmail(c.UserContext(), sc)
	form.Username = sc.Person.Email
	return views.Email{
		Chrome: respond.Chrome(c), Address: sc.Person.Email, Verified: sc.Person.EmailVerified, Pending: pending.Email, Form: form,
	}, err
}

// NewConfirmation shows the button that makes a new address count.
func (p *Pages) NewConfirmation(c *fiber.Ctx) error { return p.showUse(c, onetime.Confirm) }

// ConfirmEmail makes a new address count by the link that was sent there.
func (p *Pages) ConfirmEmail(c *fiber.Ctx) error {
	v := gate.Named(c)
	changed, err := p.Accounts.ConfirmEmail(c.UserContext(), v.Scope(), gate.Field(c, "token"))
	if err != nil {
		return p.linkRefused(c, onetime.Confirm, fiber.StatusUnprocessableEntity, err)
	}
	if !v.Is(changed.ID) {
		return seeHome(c, changed.ID, "email-changed", "other-changed")
	}
	// A browser is known by the address that it was let in with.
	v.SetDevice(c, p.Doors.Remember(v.Device(c), changed.Email))
	return respond.See(c, emailPath, "email-changed")
}

// NewUndoing shows the button that undoes a change of address.
func (p *Pages) NewUndoing(c *fiber.Ctx) error { return p.showUse(c, onetime.Undo) }

// UndoEmail gives an account its address back by the link that was sent there,
// and leads on to a new password.
func (p *Pages) UndoEmail(c *fiber.Ctx) error {
	v := gate.Named(c)
	done, err := p.Accounts.UndoEmail(c.UserContext(), v.Scope(), gate.Field(c, "token"))
	if err != nil {
		return p.linkRefused(c, onetime.Undo, fiber.StatusUnprocessableEntity, err)
	}
	if v.Is(done.Person.ID) {
		if err := v.SignOut(c); err != nil {
			return err
		}
	}
	return respond.NoStore(c, respond.SeeCounted(c, onetime.Path(onetime.Reset, done.Reset), "email-restored", done.Ended))
}
