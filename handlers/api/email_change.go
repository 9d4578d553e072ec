package api

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"stoa/domain/accounts"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/handlers/route"
)

// EmailChange is a change of the email address that is not confirmed yet.
type EmailChange struct{ accounts *accounts.Accounts }

// Routes declares the routes.
func (e EmailChange) Routes(to *route.Table) {
	to.OwnCalls.Get("/api/users/me/email-change", e.Show)
	to.OwnCalls.Post("/api/users/me/email-change", e.Resend)
	to.OwnCalls.Delete("/api/users/me/email-change", e.Delete)
}

type emailChange struct {
	Email       string    `json:"email"`
	ExpiresAt   time.Time `json:"expires_at"`
	Undelivered bool      `json:"undelivered"`
}

// Show returns the pending change.
func (e EmailChange) Show(c *fiber.Ctx) error {
	pending, ok, err := e.accounts.PendingEmail(c.UserContext(), gate.From(c).Scope())
	if err == nil && !ok {
		err = accounts.NoPendingEmail()
	}
	return respond.Item(c, fiber.StatusOK, pending, err, func(p accounts.PendingEmail) emailChange { return emailChange(p) })
}

// Resend sends the links of the change again.
func (e EmailChange) Resend(c *fiber.Ctx) error {
	return respond.Accepted(c, e.accounts.ResendEmailChange(c.UserContext(), gate.From(c).Scope()))
}

// Delete cancels the change.
func (e EmailChange) Delete(c *fiber.Ctx) error {
	return respond.NoContent(c, e.accounts.CancelEmailChange(c.UserContext(), gate.From(c).Scope()))
}
