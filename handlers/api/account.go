package api

import (
	"github.com/gofiber/fiber/v2"

	"stoa/domain/personaldata"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/handlers/route"
)

// Account is the user's account as a whole.
type Account struct{ data *personaldata.PersonalData }

// Routes declares the routes.
func (a Account) Routes(to *route.Table) {
	to.OwnCalls.Delete("/api/users/me", a.Delete)
	to.OwnCalls.Post("/api/users/me/export", a.Export)
}

// Delete deletes the account if the password is correct.
func (a Account) Delete(c *fiber.Ctx) error {
	var in struct {
		Password string `json:"password"`
	}
	if err := respond.DecodeJSON(c, &in); err != nil {
		return err
	}
	return respond.NoContent(c, a.data.Delete(c.UserContext(), gate.From(c).Scope(), "password", in.Password))
}

// Export returns all stored data of the user if the password is correct.
func (a Account) Export(c *fiber.Ctx) error {
	var in struct {
		Password string `json:"password"`
	}
	if err := respond.DecodeJSON(c, &in); err != nil {
		return err
	}
	data, err := a.data.Export(c.UserContext(), gate.From(c).Scope(), "password", in.Password)
	if err != nil {
		return err
	}
	return respond.SecretJSON(c, fiber.StatusOK, Exported(c, data))
}
