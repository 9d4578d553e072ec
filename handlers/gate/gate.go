// Package gate decides who enters: it names the request, finds the client's
// address, the session or token behind it, and refuses what must not come in.
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

// Storage is where Fiber's session middleware keeps sessions: the one of
// gofiber/storage, on our table.
type Storage interface {
	SetWithContext(ctx context.Context, key string, val []byte, exp time.Duration) error
}

// Config is what the gate needs from outside.
type Config struct {
	Transport *transport.Transport
	Origins   []string // that may call /api from a browser
	Storage   Storage
	Sessions  *sessions.Sessions
	Keys      *secret.Keys
	Limits    *limit.Limits
	API       limit.Limit // calls under /api, per user or client address
}

// Gate has the middleware that finds the user behind a request.
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
