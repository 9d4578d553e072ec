package browser

import (
	"github.com/gofiber/fiber/v2"

	"stoa/domain/accounts"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/handlers/route"
	"stoa/views"
)

const emailPath = "/settings/email"

var emailRequested = respond.NewFlash("email-requested", views.Info, "We sent a link to your new address. The change counts when you open it and confirm.")

// Email is the user's email address.
type Email struct{ accounts *accounts.Accounts }

// Routes declares the routes.
func (e Email) Routes(to *route.Table) {
	to.Own.Get("/settings/email", e.Show)
	to.Own.Post("/settings/email", e.Update)
}

// Show shows the email address and the form for a new one.
func (e Email) Show(c *fiber.Ctx) error {
	page, err := e.page(c, nil)
	if err != nil {
		return err
	}
	return respond.Page(c, "accounts/email", page)
}

// Update requests a new email address. The change takes effect when the user
// confirms the link in the email to the new address.
func (e Email) Update(c *fiber.Ctx) error {
	err := e.accounts.RequestEmailChange(c.UserContext(), gate.From(c).Scope(), accounts.EmailChange{
		Email: gate.Field(c, "email"), Current: gate.Field(c, "current_password"),
	})
	errs := respond.FormErrors(c, err)
	if errs == nil {
		if err != nil {
			return err
		}
		return respond.RedirectFlash(c, emailPath, emailRequested)
	}
	page, err := e.page(c, errs)
	if err != nil {
		return err
	}
	return respond.Form(c, fiber.StatusUnprocessableEntity, "accounts/email", "accounts/_email_form", page)
}

func (e Email) page(c *fiber.Ctx, errs *views.Errors) (views.EmailPage, error) {
	sc := gate.From(c).Scope()
	pending, _, err := e.accounts.PendingEmail(c.UserContext(), sc)
	return views.EmailPage{
		Chrome: respond.Chrome(c), Address: sc.User.Email, Verified: sc.User.EmailVerified, Failure: sc.User.EmailFailure,
		Pending: pending.Email, Undelivered: pending.Undelivered,
		Form: views.EmailForm{Username: sc.User.Email, Errors: errs},
	}, err
}
