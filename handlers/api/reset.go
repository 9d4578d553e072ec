package api

import (
	"github.com/gofiber/fiber/v2"

	"stoa/domain/accounts"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/handlers/route"
)

// Reset sets a new password by a one-time link.
type Reset struct{ accounts *accounts.Accounts }

// Routes declares the routes.
func (r Reset) Routes(to *route.Table) {
	to.Calls.Post("/api/auth/forgot-password", r.Create)
	to.Calls.Post("/api/auth/reset-password", r.Update)
}

// Create sends a link if the email address has an account. The response is the
// same if it has none.
func (r Reset) Create(c *fiber.Ctx) error {
	var in struct {
		Email string `json:"email"`
	}
	if err := respond.DecodeJSON(c, &in); err != nil {
		return err
	}
	return respond.Accepted(c, r.accounts.RequestReset(c.UserContext(), gate.From(c).Scope(), in.Email))
}

// Update sets a password by the token of a link, and ends all sessions of the
// user.
func (r Reset) Update(c *fiber.Ctx) error {
	var in struct {
		Token    string `json:"token"`
		Password string `json:"password"`
	}
	if err := respond.DecodeJSON(c, &in); err != nil {
		return err
	}
	_, err := r.accounts.ResetPassword(c.UserContext(), gate.From(c).Scope(), in.Token, in.Password)
	return respond.NoContent(c, err)
}
