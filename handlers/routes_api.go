package handlers

import "github.com/gofiber/fiber/v2"

// apiRoutes are for API clients, which send an access token and never a cookie.
func (s *site) apiRoutes(app *fiber.App) {
	a := s.API
	app.Get("/.well-known/jwks.json", a.Keys.Show)
	calls := app.Group("/api/", s.Gate.CORS(), s.Gate.Bearer) // the slash at the end excludes /apis
	calls.Get("/openapi.json", s.Reference.JSON)
	calls.Post("/auth/register", a.Registration.Create)
	calls.Post("/auth/login", a.Login.Create)
	calls.Post("/auth/refresh", a.Tokens.Refresh)
	calls.Post("/auth/logout", a.Login.Delete)
	calls.Post("/auth/forgot-password", a.Reset.Create)
	calls.Post("/auth/reset-password", a.Reset.Update)
	calls.Post("/auth/verify-email", a.Verification.Create)

	me, signedIn := calls.Group("/users/me"), s.Gate.Authenticated
	me.Get("", signedIn, a.Profile.Show)
	me.Patch("", signedIn, a.Profile.Update)
	me.Delete("", signedIn, a.Account.Delete)
	me.Put("/password", signedIn, a.Password.Update)
	me.Put("/email", signedIn, a.Email.Update)
	me.Post("/verification", signedIn, a.Verification.Resend)
	me.Post("/export", signedIn, a.Account.Export)
	me.Get("/sessions", signedIn, a.Sessions.List)
	me.Delete("/sessions/:id", signedIn, a.Sessions.End)
}
