// Package handlers is the HTTP edge: the route table and the server around it.
package handlers

import (
	"github.com/gofiber/fiber/v2"

	"stoa/handlers/api"
	"stoa/handlers/browser"
	"stoa/handlers/gate"
)

// Site is everything that answers requests.
type Site struct {
	Gate       *gate.Gate
	Pages      *browser.Pages
	Calls      *api.API
	Reference  *api.Reference
	Operations *Operations
}

// routes are for operators and what watches for them; see NewOperatorServer.
func (o *Operations) routes(app *fiber.App) {
	app.Get("/health", o.Health)
	app.Get("/health/live", o.Live)
	app.Get("/metrics", o.ShowMetrics)
}

// routes is the whole table, grouped by who may enter.
func (s *Site) routes(app *fiber.App) {
	g, p, a := s.Gate, s.Pages, s.Calls
	app.Use(g.Enter, g.Secure, s.assets)

	s.Operations.routes(app)

	// Programs: a token, never a cookie
	app.Get("/.well-known/jwks.json", a.JWKS)
	calls := app.Group("/api/", g.CORS(), g.Bearer) // without the slash /apis would be one
	calls.Get("/openapi.json", s.Reference.JSON)
	calls.Post("/auth/register", a.Register)
	calls.Post("/auth/login", a.Login)
	calls.Post("/auth/refresh", a.Refresh)
	calls.Post("/auth/logout", a.Logout)
	calls.Post("/auth/forgot-password", a.ForgotPassword)
	calls.Post("/auth/reset-password", a.ResetPassword)
	calls.Post("/auth/verify-email", a.VerifyEmail)
	me := calls.Group("/users/me")
	me.Get("", g.Authenticated, a.ShowMe)
	me.Patch("", g.Authenticated, a.ChangeMe)
	me.Delete("", g.Authenticated, a.DeleteMe)
	me.Put("/password", g.Authenticated, a.ChangePassword)
	me.Put("/email", g.Authenticated, a.ChangeEmail)
	me.Post("/verification", g.Authenticated, a.ResendVerification)
	me.Post("/export", g.Authenticated, a.ExportMe)
	me.Get("/sessions", g.Authenticated, a.ListSessions)
	me.Delete("/sessions/:id", g.Authenticated, a.EndSession)

	// Whoever knows the name of a picture, signed in or not
	app.Get("/avatars/:file", p.Avatar)

	// Everybody with a browser
	public := func(h fiber.Handler) []fiber.Handler { return []fiber.Handler{g.Session, g.CSRF, h} }
	app.Get("/", public(p.Landing)...)
	app.Get("/register", public(p.NewRegistration)...)
	app.Post("/register", public(p.Register)...)
	app.Get("/login", public(p.NewLogin)...)
	app.Post("/login", public(p.Login)...)
	app.Post("/logout", public(p.Logout)...)
	app.Get("/forgot-password", public(p.NewReset)...)
	app.Post("/forgot-password", public(p.RequestReset)...)
	app.Get("/forgot-password/sent", public(p.ResetSent)...)
	app.Get("/reset-password", public(p.EditReset)...)
	app.Post("/reset-password", public(p.Reset)...)
	app.Get("/verify-email", public(p.NewVerification)...)
	app.Post("/verify-email", public(p.VerifyEmail)...)
	app.Get("/settings/email/confirm", public(p.NewConfirmation)...)
	app.Post("/settings/email/confirm", public(p.ConfirmEmail)...)
	app.Get("/settings/email/undo", public(p.NewUndoing)...)
	app.Post("/settings/email/undo", public(p.UndoEmail)...)
	app.Post("/settings/theme", public(p.Theme)...)
	app.Get("/docs/api", public(s.Reference.Page)...)

	// The signed-in person
	own := func(h fiber.Handler) []fiber.Handler { return []fiber.Handler{g.Session, g.SignedIn, g.CSRF, h} }
	app.Get("/dashboard", own(p.Dashboard)...)
	app.Get("/settings/profile", own(p.Profile)...)
	app.Post("/settings/profile", own(p.SaveProfile)...)
	app.Post("/settings/avatar", own(p.SaveAvatar)...)
	app.Post("/settings/avatar/delete", own(p.RemoveAvatar)...)
	app.Post("/verify-email/resend", own(p.ResendVerification)...)
	app.Get("/settings/email", own(p.Email)...)
	app.Post("/settings/email", own(p.ChangeEmail)...)
	app.Get("/settings/password", own(p.Password)...)
	app.Post("/settings/password", own(p.ChangePassword)...)
	app.Get("/settings/sessions", own(p.ListSessions)...)
	app.Post("/settings/sessions/revoke-others", own(p.EndOtherSessions)...)
	app.Post("/settings/sessions/:id/revoke", own(p.EndSession)...)
	app.Get("/settings/account", own(p.Account)...)
	app.Post("/settings/account/export", own(p.ExportAccount)...)
	app.Post("/settings/account/delete", own(p.DeleteAccount)...)

	// Developers
	if !g.Production {
		app.Get("/dev/kit", public(p.Kit)...)
		app.Get("/dev/mail", public(p.ListDevmail)...)
		app.Post("/dev/mail/clear", public(p.ClearDevmail)...)
		app.Get("/dev/mail/:id", public(p.ShowDevmail)...)
		app.Get("/dev/mail/:id/html", public(p.DevmailHTML)...)
	}
}
