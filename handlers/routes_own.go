package handlers

import "github.com/gofiber/fiber/v2"

// ownRoutes are for the signed-in user.
func (s *site) ownRoutes(app *fiber.App) {
	p, own := s.Pages, s.own
	app.Get("/dashboard", own(p.Dashboard.Show)...)
	app.Get("/settings/profile", own(p.Profile.Show)...)
	app.Post("/settings/profile", own(p.Profile.Update)...)
	app.Post("/settings/avatar", own(p.Avatar.Update)...)
	app.Post("/settings/avatar/delete", own(p.Avatar.Delete)...)
	app.Post("/verify-email/resend", own(p.Verification.Resend)...)
	app.Get("/settings/email", own(p.Email.Show)...)
	app.Post("/settings/email", own(p.Email.Update)...)
	app.Get("/settings/password", own(p.Password.Show)...)
	app.Post("/settings/password", own(p.Password.Update)...)
	app.Get("/settings/sessions", own(p.Sessions.List)...)
	app.Post("/settings/sessions/revoke-others", own(p.Sessions.EndOthers)...)
	app.Post("/settings/sessions/:id/revoke", own(p.Sessions.End)...)
	app.Get("/settings/account", own(p.Account.Show)...)
	app.Post("/settings/account/export", own(p.Account.Export)...)
	app.Post("/settings/account/delete", own(p.Account.Delete)...)
}
