package api

import (
	"github.com/gofiber/fiber/v2"

	"stoa/domain/accounts"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/handlers/route"
)

// EmailConfirmation confirms a new email address by a one-time link.
type EmailConfirmation struct{ accounts *accounts.Accounts }

// Routes declares the routes.
func (e EmailConfirmation) Routes(to *route.Table) {
	to.Calls.Post("/api/auth/confirm-email", e.Create)
}

// Create changes the email address of the account to the new one by the token of the
// link, with the access token of the account or its password.
func (e EmailConfirmation) Create(c *fiber.Ctx) error {
	proof, err := linkProof(c)
	if err != nil {
		return err
	}
	_, err = e.accounts.ConfirmEmail(c.UserContext(), gate.From(c).Scope(), proof)
	return respond.NoContent(c, err)
}
