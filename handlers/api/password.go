package api

import (
	"github.com/gofiber/fiber/v2"

	"stoa/domain/accounts"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/handlers/route"
)

// Password is the user's password.
type Password struct{ accounts *accounts.Accounts }

// Routes declares the routes.
func (p Password) Routes(to *route.Table) {
	to.OwnCalls.Put("/api/users/me/password", p.Update)
}

// Update sets a new password and ends all other sessions of the user.
func (p Password) Update(c *fiber.Ctx) error {
	var in struct {
		Current  string `json:"current_password"`
		Password string `json:"password"`
	}
	if err := respond.DecodeJSON(c, &in); err != nil {
		return err
	}
	_, err := p.accounts.ChangePassword(c.UserContext(), gate.From(c).Scope(), accounts.PasswordChange{Current: in.Current, Password: in.Password})
	return respond.NoContent(c, err)
}
