package api

import (
	"github.com/gofiber/fiber/v2"

	"stoa/domain/accounts"
	"stoa/domain/signin"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/handlers/route"
)

// Registration creates an account.
type Registration struct{ signin *signin.Authenticator }

// Routes declares the routes.
func (r Registration) Routes(to *route.Table) {
	to.Calls.Post("/api/auth/register", r.Create)
}

// Create creates the account and returns its first tokens.
func (r Registration) Create(c *fiber.Ctx) error {
	var in struct {
		Name     string `json:"name"`
		Email    string `json:"email"`
		Password string `json:"password"`
	}
	if err := respond.DecodeJSON(c, &in); err != nil {
		return err
	}
	result, err := r.signin.Register(c.UserContext(), gate.From(c).Scope(), accounts.Registration(in), signin.API)
	if err != nil {
		return err
	}
	return respondSignin(c, fiber.StatusCreated, result)
}
