// Package handlers is the HTTP layer: the route table and the servers.
package handlers

import (
	"github.com/gofiber/fiber/v2"

	"stoa/domain"
	"stoa/handlers/gate"
	"stoa/handlers/reference"
	"stoa/handlers/respond"
	"stoa/handlers/transport"
	"stoa/platform/devmail"
	"stoa/platform/fault"
	"stoa/platform/picture"
)

// avatarPath is the only route that accepts uploads.
const avatarPath = "/settings/avatar"

// Config has the parts that the servers need. An operator server needs no Domain and
// no Reference.
type Config struct {
	Gate       *gate.Gate
	Domain     *domain.Domain
	Devmail    *devmail.Store `wiring:"optional"` // nil when a mail server is set
	Reference  *reference.Reference
	Operations *Operations
	Views      fiber.Views
}

// site registers the routes of a server.
type site struct{ Config }

// NewServer returns the server of the whole site. It is not listening yet.
func NewServer(c Config) *fiber.App { return newServer(c, (&site{c}).routes) }

// NewOperatorServer returns a server of the operators' routes alone, for a
// process without pages.
func NewOperatorServer(c Config) *fiber.App {
	return newServer(c, func(app *fiber.App) {
		app.Use(c.Gate.Transport.Enter)
		c.Operations.routes(app)
	})
}

func newServer(c Config, routes func(*fiber.App)) *fiber.App {
	failed := &respond.Errors{Gate: c.Gate}
	return c.Gate.Transport.NewServer(transport.ServerConfig{
		Views: c.Views, Routes: routes, Fail: failed.Handle,
		Upload: transport.Upload{
			Path: avatarPath, MaxBytes: picture.MaxBytes, User: c.Gate.SessionUser,
			TooLarge: &fault.Error{Kind: fault.TooLarge, Code: "too_large", Message: picture.TooLarge + " Nothing was changed."},
		},
	})
}
