package handlers

import "github.com/gofiber/fiber/v2"

// apiRoutes are for API clients, which send an access token and never a cookie.
func (s *Site) apiRoutes(app *fiber.App) {
	a := s.Calls
	app.Get("/.well-known/jwks.json", a.JWKS)
	calls := app.Group("/api/", s.Gate.CORS(), s.Gate.Bearer) // without the slash /apis would be one
	calls.Get("/openapi.json", s.Reference.JSON)
	calls.Post("/auth/register", a.Register)
	calls.Post("/auth/login", a.Login)
	calls.Post("/auth/refresh", a.Refresh)
	calls.Post("/auth/logout", a.Logout)
	calls.Post("/auth/forgot-password", a.ForgotPassword)
	calls.Post("/auth/reset-password", a.ResetPassword)
	calls.Post("/auth/verify-email", a.VerifyEmail)

	me, signedIn := calls.Group("/users/me"), s.Gate.Authenticated
	me.Get("", signedIn, a.ShowMe)
	me.Patch("", signedIn, a.ChangeMe)
	me.Delete("", signedIn, a.DeleteMe)
	me.Put("/password", signedIn, a.ChangePassword)
	me.Put("/email", signedIn, a.ChangeEmail)
	me.Post("/verification", signedIn, a.ResendVerification)
	me.Post("/export", signedIn, a.ExportMe)
	me.Get("/sessions", signedIn, a.ListSessions)
	me.Delete("/sessions/:id", signedIn, a.EndSession)
}
