package api

import (
	"github.com/gofiber/fiber/v2"

	"stoa/domain/sessions"
	"stoa/domain/signin"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/handlers/route"
)

// Login is the sign-in of an API client.
type Login struct {
	signin   *signin.Authenticator
	sessions *sessions.Sessions
}

// Routes declares the routes.
func (l Login) Routes(to *route.Table) {
	to.Calls.Post("/api/auth/login", l.Create)
	to.Calls.Post("/api/auth/logout", l.Delete)
}

// Create returns tokens for an email address and its password.
func (l Login) Create(c *fiber.Ctx) error {
	var in struct {
		Email    string `json:"email"`
		Password string `json:"password"`
	}
	if err := respond.DecodeJSON(c, &in); err != nil {
		return err
	}
	result, err := l.signin.SignIn(c.UserContext(), gate.From(c).Scope(), signin.Credentials{Email: in.Email, Password: in.Password}, signin.API)
	if err != nil {
		return err
	}
	return respondSignin(c, fiber.StatusOK, result)
}

// signinResponse is the response to registration and sign-in.
type signinResponse struct {
	User user `json:"user"`
	pair
}

func respondSignin(c *fiber.Ctx, status int, result signin.Result) error {
	gate.LogUser(c, result.User)
	return respond.SecretJSON(c, status, signinResponse{userOf(c)(result.User), pairOf(result.Pair)})
}

// Delete ends the session of the access token. If the access token has expired,
// it ends the session of the refresh token in the body.
func (l Login) Delete(c *fiber.Ctx) error {
	request := gate.From(c)
	if request.SignedIn() {
		return respond.NoContent(c, l.sessions.EndActing(c.UserContext(), request.Scope()))
	}
	if len(c.Request().Body()) == 0 {
		return request.TokenError()
	}
	var in struct {
		RefreshToken string `json:"refresh_token"`
	}
	if err := respond.DecodeJSON(c, &in); err != nil {
		return err
	}
	return respond.NoContent(c, l.sessions.EndByRefresh(c.UserContext(), request.Scope(), in.RefreshToken))
}
