package handlers

import "github.com/gofiber/fiber/v2"

// publicRoutes are for every browser, with and without a session.
func (s *site) publicRoutes(app *fiber.App) {
	p, public := s.Pages, s.public
	app.Get("/avatars/:file", p.Avatar.Show) // no session: a shared cache may keep the picture
	app.Get("/", public(p.Landing.Show)...)
	app.Get("/register", public(p.Registration.New)...)
	app.Post("/register", public(p.Registration.Create)...)
	app.Get("/login", public(p.Login.New)...)
	app.Post("/login", public(p.Login.Create)...)
	app.Post("/logout", public(p.Login.Delete)...)
	app.Get("/forgot-password", public(p.Reset.New)...)
	app.Post("/forgot-password", public(p.Reset.Create)...)
	app.Get("/forgot-password/sent", public(p.Reset.Sent)...)
	app.Get("/reset-password", public(p.Reset.Edit)...)
	app.Post("/reset-password", public(p.Reset.Update)...)
	app.Get("/verify-email", public(p.Verification.New)...)
	app.Post("/verify-email", public(p.Verification.Create)...)
	app.Get("/settings/email/confirm", public(p.EmailConfirmation.New)...)
	app.Post("/settings/email/confirm", public(p.EmailConfirmation.Create)...)
	app.Get("/settings/email/undo", public(p.EmailUndo.New)...)
	app.Post("/settings/email/undo", public(p.EmailUndo.Create)...)
	app.Post("/settings/theme", public(p.Theme.Update)...)
	app.Get("/docs/api", public(s.Reference.Page)...)
}
