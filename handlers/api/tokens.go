package api

import (
	"github.com/gofiber/fiber/v2"

	"stoa/domain/sessions"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/handlers/route"
)

// Tokens are the access and refresh tokens of a session.
type Tokens struct{ sessions *sessions.Sessions }

// Routes declares the routes.
func (t Tokens) Routes(to *route.Table) {
	to.Calls.Post("/api/auth/refresh", t.Refresh)
}

// pair is the JSON of an access token and its refresh token.
type pair struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"` // seconds
}

func pairOf(p sessions.Pair) pair {
	return pair{p.Access, p.Refresh, "Bearer", int(p.ExpiresIn.Seconds())}
}

// Refresh exchanges a refresh token for the next pair.
func (t Tokens) Refresh(c *fiber.Ctx) error {
	var in struct {
		RefreshToken string `json:"refresh_token"`
	}
	if err := respond.DecodeJSON(c, &in); err != nil {
		return err
	}
	next, err := t.sessions.Refresh(c.UserContext(), gate.From(c).Scope(), in.RefreshToken)
	if err != nil {
		return err
	}
	return respond.SecretJSON(c, fiber.StatusOK, pairOf(next))
}
