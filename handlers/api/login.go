package api

import (
	"github.com/gofiber/fiber/v2"

	"stoa/domain/accounts"
	"stoa/domain/signin"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
)

// Register makes an account and issues its first tokens.
func (a *API) Register(c *fiber.Ctx) error {
	var in struct {
		Name     string `json:"name"`
		Email    string `json:"email"`
		Password string `json:"password"`
	}
	if err := respond.DecodeJSON(c, &in); err != nil {
		return err
	}
	done, err := a.Signin.Register(c.UserContext(), gate.Named(c).Scope(), accounts.Registration(in), signin.API)
	if err != nil {
		return err
	}
	return respondSignin(c, fiber.StatusCreated, done)
}

// Login issues tokens for an address and its password.
func (a *API) Login(c *fiber.Ctx) error {
	var in struct {
		Email    string `json:"email"`
		Password string `json:"password"`
	}
	if err := respond.DecodeJSON(c, &in); err != nil {
		return err
	}
	done, err := a.Signin.SignIn(c.UserContext(), gate.Named(c).Scope(), signin.Credentials{Email: in.Email, Password: in.Password}, signin.API)
	if err != nil {
		return err
	}
	return respondSignin(c, fiber.StatusOK, done)
}

// respondSignin answers somebody who has come in.
func respondSignin(c *fiber.Ctx, status int, done signin.Result) error {
	gate.LogUser(c, done.User)
	return respond.SecretJSON(c, status, signinResponse{userOf(c, done.User), pairOf(done.Pair)})
}

// Refresh trades a refresh token for the next pair.
func (a *API) Refresh(c *fiber.Ctx) error {
	var in struct {
		RefreshToken string `json:"refresh_token"`
	}
	if err := respond.DecodeJSON(c, &in); err != nil {
		return err
	}
	next, err := a.Sessions.Refresh(c.UserContext(), gate.From(c).Scope(), in.RefreshToken)
	if err != nil {
		return err
	}
	return respond.SecretJSON(c, fiber.StatusOK, pairOf(next))
}

// Logout ends the sign-in of the access token, or of the refresh token when
// that has run out.
func (a *API) Logout(c *fiber.Ctx) error {
	v := gate.From(c)
	if v.SignedIn() {
		if _, err := a.Sessions.End(c.UserContext(), v.Scope(), v.Scope().Session); err != nil {
			return err
		}
		return respond.NoContent(c)
	}
	if len(c.Request().Body()) == 0 {
		return v.TokenError()
	}
	var in struct {
		RefreshToken string `json:"refresh_token"`
	}
	if err := respond.DecodeJSON(c, &in); err != nil {
		return err
	}
	if err := a.Sessions.EndByRefresh(c.UserContext(), v.Scope(), in.RefreshToken); err != nil {
		return err
	}
	return respond.NoContent(c)
}
