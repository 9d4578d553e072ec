package api

import (
	"github.com/gofiber/fiber/v2"

	"stoa/handlers/respond"
	"stoa/handlers/route"
	"stoa/platform/signing"
)

// Keys are the public keys of the access tokens.
type Keys struct{ signer *signing.Signer }

// Routes declares the routes.
func (k Keys) Routes(to *route.Table) {
	to.Sessionless.Get("/.well-known/jwks.json", k.Show)
}

// Show returns the keys as a JWK set (RFC 7517).
func (k Keys) Show(c *fiber.Ctx) error {
	keys, err := k.signer.JWKS(c.UserContext())
	if err != nil {
		return err
	}
	if err := respond.JSON(c, fiber.StatusOK, map[string]any{"keys": keys}); err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "public, max-age=300")
	c.Set(fiber.HeaderAccessControlAllowOrigin, "*") // public, and the same for every client
	return nil
}
