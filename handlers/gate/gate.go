// Package gate finds the user of a request by its session or access token, and
// refuses requests without the right to be processed.
package gate

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2/middleware/session"

	"stoa/domain/sessions"
	"stoa/handlers/transport"
	"stoa/platform/limit"
	"stoa/platform/secret"
)

// Storage stores the sessions of Fiber's session middleware: the storage of
// gofiber/storage on our table.
type Storage interface {
	SetWithContext(ctx context.Context, key string, val []byte, exp time.Duration) error
}

// Config has the dependencies and settings of a Gate.
type Config struct {
	Transport *transport.Transport
	Origins   []string // web origins that may call /api from a browser
	Storage   Storage
	Sessions  *sessions.Sessions
	Keys      *secret.Keys
	Limits    *limit.Limits
	API       limit.Limit // requests under /api, per user or client
}

// Gate has the middleware that finds the user of a request.
type Gate struct {
	Config
	store   *session.Store
	cookies cookieNames
}

// New returns a gate.
func New(c Config) *Gate {
	names := namesFor(c.Transport.Secure())
	return &Gate{Config: c, cookies: names, store: session.New(session.Config{
		Storage:        &row{},
		KeyLookup:      "cookie:" + names.session,
		CookiePath:     "/",
		CookieHTTPOnly: true,
		CookieSameSite: "Lax",
		CookieSecure:   names.secure,
	})}
}
