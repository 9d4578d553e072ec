package api

import (
	"github.com/gofiber/fiber/v2"

	"stoa/domain/accounts"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/handlers/route"
)

// Email is the user's email address.
type Email struct{ accounts *accounts.Accounts }

// Routes declares the routes.
func (e Email) Routes(to *route.Table) {
	to.OwnCalls.Put("/api/users/me/email", e.Update)
}

// Update requests a new email address. The change takes effect when the user
// confirms the link in the email to the new address, in a browser.
func (e Email) Update(c *fiber.Ctx) error {
	var in struct {
		Email   string `json:"email"`
		Current string `json:"current_password"`
	}
	if err := respond.DecodeJSON(c, &in); err != nil {
		return err
	}
	return respond.Accepted(c, e.accounts.RequestEmailChange(c.UserContext(), gate.From(c).Scope(), accounts.EmailChange(in)))
}
