package browser

import (
	"github.com/gofiber/fiber/v2"

	"stoa/domain/accounts"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/handlers/route"
	"stoa/platform/fault"
	"stoa/views"
)

var (
	changeResent  = respond.NewFlash("change-resent", views.OK, "Another link is on its way to your new address. The one before it no longer works.")
	changeDropped = respond.NewFlash("change-dropped", views.OK, "The change is cancelled. Your email address stays as it is.")
	changeGone    = respond.NewFlash("change-gone", views.Info, "No change of your email address is pending.")
)

// EmailChange is a change of the email address that is not confirmed yet.
type EmailChange struct{ accounts *accounts.Accounts }

// Routes declares the routes.
func (e EmailChange) Routes(to *route.Table) {
	to.Own.Post("/settings/email/resend", e.Resend)
	to.Own.Post("/settings/email/cancel", e.Delete)
}

// Resend sends the links of the change again.
func (e EmailChange) Resend(c *fiber.Ctx) error {
	return emailChangeDone(c, e.accounts.ResendEmailChange(c.UserContext(), gate.From(c).Scope()), changeResent)
}

// Delete cancels the change.
func (e EmailChange) Delete(c *fiber.Ctx) error {
	return emailChangeDone(c, e.accounts.CancelEmailChange(c.UserContext(), gate.From(c).Scope()), changeDropped)
}

// emailChangeDone redirects to the page of the email address, which shows the present
// state. A change that was confirmed or cancelled meanwhile is no error.
func emailChangeDone(c *fiber.Ctx, err error, done respond.Flash) error {
	switch {
	case fault.Is(err, fault.NotFound):
		done = changeGone
	case err != nil:
		return err
	}
	return respond.RedirectFlash(c, emailPath, done)
}
