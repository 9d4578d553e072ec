// Package handlers is the HTTP edge: the route table and the server around it.
package handlers

import (
	"github.com/gofiber/fiber/v2"

	"stoa/handlers/api"
	"stoa/handlers/browser"
	"stoa/handlers/gate"
	"stoa/handlers/reference"
	"stoa/handlers/respond"
	"stoa/handlers/transport"
	"stoa/platform/fault"
	"stoa/platform/picture"
)

const avatarPath = "/settings/avatar"

// Site is everything that handles requests.
type Site struct {
	Gate       *gate.Gate
	Pages      *browser.Pages
	Calls      *api.API
	Reference  *reference.Reference
	Operations *Operations
}

// NewServer returns the site as a server that is not listening yet.
func NewServer(site *Site, engine fiber.Views) *fiber.App {
	return newServer(site.Gate, engine, site.routes)
}

// NewOperatorServer returns a server of the operators' routes alone, for a
// process without pages.
func NewOperatorServer(o *Operations, g *gate.Gate, engine fiber.Views) *fiber.App {
	return newServer(g, engine, func(app *fiber.App) {
		app.Use(g.Transport.Enter)
		o.routes(app)
	})
}

func newServer(g *gate.Gate, engine fiber.Views, routes func(*fiber.App)) *fiber.App {
	failed := &respond.Errors{Gate: g}
	return g.Transport.NewServer(transport.Server{
		Views: engine, Routes: routes, Fail: failed.Handle,
		Upload: transport.Upload{
			Path: avatarPath, MaxBytes: picture.MaxBytes, User: g.SessionUser,
			TooLarge: &fault.Error{Kind: fault.TooLarge, Code: "too_large", Message: picture.TooLarge + " Nothing was changed."},
		},
	})
}
