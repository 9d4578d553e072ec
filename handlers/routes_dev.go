package handlers

import "github.com/gofiber/fiber/v2"

// devRoutes exist in development only.
func (s *Site) devRoutes(app *fiber.App) {
	p, public := s.Pages, s.public
	app.Get("/dev/kit", public(p.Kit)...)
	app.Get("/dev/mail", public(p.ListDevmail)...)
	app.Post("/dev/mail/clear", public(p.ClearDevmail)...)
	app.Get("/dev/mail/:id", public(p.ShowDevmail)...)
	app.Get("/dev/mail/:id/html", public(p.DevmailHTML)...)
}
