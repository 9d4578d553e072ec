package handlers

import "github.com/gofiber/fiber/v2"

// publicRoutes are for every browser, with and without a session.
func (s *Site) publicRoutes(app *fiber.App) {
	p, public := s.Pages, s.public
	app.Get("/avatars/:file", p.Avatar) // no session: a shared cache may keep the picture
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
}
