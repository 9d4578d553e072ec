package api

import (
	"github.com/gofiber/fiber/v2"

	"stoa/domain/accounts"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
)

// ForgotPassword has a link sent, if the address has an account. The answer is
// the same if it has none.
func (a *API) ForgotPassword(c *fiber.Ctx) error {
	var in struct {
		Email string `json:"email"`
	}
	if err := respond.DecodeJSON(c, &in); err != nil {
		return err
	}
	if err := a.Accounts.RequestReset(c.UserContext(), gate.Named(c).Scope(), in.Email); err != nil {
		return err
	}
	return respond.Accepted(c)
}

// ResetPassword sets a password by the token of a link, and ends every sign-in.
func (a *API) ResetPassword(c *fiber.Ctx) error {
	var in struct {
		Token    string `json:"token"`
		Password string `json:"password"`
	}
	if err := respond.DecodeJSON(c, &in); err != nil {
		return err
	}
	if _, err := a.Accounts.ResetPassword(c.UserContext(), gate.Named(c).Scope(), in.Token, in.Password); err != nil {
		return err
	}
	return respond.NoContent(c)
}

// VerifyEmail verifies an address by the token of a link.
func (a *API) VerifyEmail(c *fiber.Ctx) error {
	var in struct {
		Token string `json:"token"`
	}
	if err := respond.DecodeJSON(c, &in); err != nil {
		return err
	}
	if _, err := a.Accounts.VerifyEmail(c.UserContext(), gate.Named(c).Scope(), in.Token); err != nil {
		return err
	}
	return respond.NoContent(c)
}

// ResendVerification sends the person another link that verifies their address.
// Verified already, there is nothing to send, and the answer is the same.
func (a *API) ResendVerification(c *fiber.Ctx) error {
	if _, err := a.Accounts.ResendVerification(c.UserContext(), gate.Named(c).Scope()); err != nil {
		return err
	}
	return respond.Accepted(c)
}

// ChangeEmail asks for another address, which its owner has to confirm.
func (a *API) ChangeEmail(c *fiber.Ctx) error {
	var in struct {
		Email   string `json:"email"`
		Current string `json:"current_password"`
	}
	if err := respond.DecodeJSON(c, &in); err != nil {
		return err
	}
	if err := a.Accounts.RequestEmailChange(c.UserContext(), gate.Named(c).Scope(), accounts.EmailChange(in)); err != nil {
		return err
	}
	return respond.Accepted(c)
}
