// Package api answers programs under /api: a typed request and response for
// each call, the same domain verbs as the pages.
package api

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"stoa/domain/accounts"
	"stoa/domain/avatars"
	"stoa/domain/scope"
	"stoa/domain/sessions"
	"stoa/domain/signin"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/platform/signing"
)

// API answers programs.
type API struct {
	Accounts *accounts.Accounts
	Sessions *sessions.Sessions
	Signin   *signin.Authenticator
	Signer   *signing.Signer
}

// user is a person as the API shows them.
type user struct {
	ID            string    `json:"id"`
	Name          string    `json:"name"`
	Email         string    `json:"email"`
	EmailVerified bool      `json:"email_verified"`
	Bio           string    `json:"bio"`
	AvatarURL     *string   `json:"avatar_url"`
	CreatedAt     time.Time `json:"created_at"`
	UpdatedAt     time.Time `json:"updated_at"`
}

func userOf(c *fiber.Ctx, p scope.User) user {
	shown := user{
		ID: p.ID.String(), Name: p.Name, Email: p.Email, EmailVerified: p.EmailVerified, Bio: p.Bio,
		CreatedAt: p.CreatedAt.UTC(), UpdatedAt: p.UpdatedAt.UTC(),
	}
	if path := respond.AvatarPath(p, avatars.Large); path != "" {
		address := gate.From(c).Absolute(path)
		shown.AvatarURL = &address
	}
	return shown
}

// pair is what a program keeps of its sign-in.
type pair struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"` // seconds
}

func pairOf(p sessions.Pair) pair {
	return pair{p.Access, p.Refresh, "Bearer", int(p.ExpiresIn.Seconds())}
}

// signinResponse answers registration and login.
type signinResponse struct {
	User user `json:"user"`
	pair
}

// JWKS shows the public keys of the access tokens (RFC 7517).
func (a *API) JWKS(c *fiber.Ctx) error {
	keys, err := a.Signer.JWKS(c.UserContext())
	if err != nil {
		return err
	}
	if err := respond.JSON(c, fiber.StatusOK, map[string]any{"keys": keys}); err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "public, max-age=300")
	return nil
}

// ShowMe shows the person whose token it is.
func (a *API) ShowMe(c *fiber.Ctx) error {
	return respond.JSON(c, fiber.StatusOK, userOf(c, *gate.From(c).Scope().User))
}

// ChangeMe changes the fields that the call has.
func (a *API) ChangeMe(c *fiber.Ctx) error {
	var in struct {
		Name *string `json:"name"`
		Bio  *string `json:"bio"`
	}
	if err := respond.DecodeJSON(c, &in); err != nil {
		return err
	}
	changed, err := a.Accounts.ChangeProfile(c.UserContext(), gate.From(c).Scope(), accounts.ProfileChange{Name: in.Name, Bio: in.Bio})
	if err != nil {
		return err
	}
	return respond.JSON(c, fiber.StatusOK, userOf(c, changed))
}

// DeleteMe deletes the account after its password.
func (a *API) DeleteMe(c *fiber.Ctx) error {
	var in struct {
		Password string `json:"password"`
	}
	if err := respond.DecodeJSON(c, &in); err != nil {
		return err
	}
	if err := a.Accounts.Delete(c.UserContext(), gate.Named(c).Scope(), "password", in.Password); err != nil {
		return err
	}
	return respond.NoContent(c)
}

// ChangePassword sets a new password and ends every other sign-in.
func (a *API) ChangePassword(c *fiber.Ctx) error {
	var in struct {
		Current  string `json:"current_password"`
		Password string `json:"password"`
	}
	if err := respond.DecodeJSON(c, &in); err != nil {
		return err
	}
	_, err := a.Accounts.ChangePassword(c.UserContext(), gate.Named(c).Scope(), accounts.PasswordChange{Current: in.Current, Password: in.Password})
	if err != nil {
		return err
	}
	return respond.NoContent(c)
}
