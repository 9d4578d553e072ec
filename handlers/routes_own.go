package handlers

import "github.com/gofiber/fiber/v2"

// ownRoutes are for the signed-in user.
func (s *Site) ownRoutes(app *fiber.App) {
	p, own := s.Pages, s.own
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
}
