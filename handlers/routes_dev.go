package handlers

import "github.com/gofiber/fiber/v2"

// devRoutes exist in development only.
func (s *site) devRoutes(app *fiber.App) {
	p, public := s.Pages, s.public
	app.Get("/dev/kit", public(p.Kit.Show)...)
	app.Get("/dev/mail", public(p.Devmail.List)...)
	app.Post("/dev/mail/clear", public(p.Devmail.Clear)...)
	app.Get("/dev/mail/:id", public(p.Devmail.Show)...)
	app.Get("/dev/mail/:id/html", public(p.Devmail.HTML)...)
}
