package api

import (
	"github.com/gofiber/fiber/v2"

	"stoa/domain/accounts"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/handlers/route"
)

// Verification verifies an email address by a one-time link.
type Verification struct{ accounts *accounts.Accounts }

// Routes declares the routes.
func (v Verification) Routes(to *route.Table) {
	to.Calls.Post("/api/auth/verify-email", v.Create)
	to.OwnCalls.Post("/api/users/me/verification", v.Resend)
}

// Create verifies the email address by the token of the link, with the access token of
// the account or its password.
func (v Verification) Create(c *fiber.Ctx) error {
	proof, err := linkProof(c)
	if err != nil {
		return err
	}
	_, err = v.accounts.VerifyEmail(c.UserContext(), gate.From(c).Scope(), proof)
	return respond.NoContent(c, err)
}

// Resend sends the user another link. If the email address is verified already,
// it sends nothing and returns the same response.
func (v Verification) Resend(c *fiber.Ctx) error {
	_, err := v.accounts.ResendVerification(c.UserContext(), gate.From(c).Scope())
	return respond.Accepted(c, err)
}

// linkProof reads the token of a link and the password. An access token that is sent in place of the
// password must be valid: a client refreshes one that has expired.
func linkProof(c *fiber.Ctx) (accounts.LinkProof, error) {
	var in struct {
		Token    string `json:"token"`
		Password string `json:"password,omitzero"`
	}
	err := respond.DecodeJSON(c, &in)
	if err == nil && in.Password == "" {
		err = gate.From(c).Refused()
	}
	return accounts.LinkProof(in), err
}
