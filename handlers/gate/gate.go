// Package gate decides who enters: it names the request, finds the client's
// address, the session or token behind it, and refuses what must not come in.
package gate

import (
	"context"
	"net/netip"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/session"

	"stoa/domain/scope"
	"stoa/domain/sessions"
	"stoa/platform/limit"
	"stoa/platform/metrics"
	"stoa/platform/reports"
	"stoa/platform/secret"
	"stoa/platform/traces"
)

// Storage is where Fiber's session middleware keeps sessions: the one of
// gofiber/storage, on our table.
type Storage interface {
	SetWithContext(ctx context.Context, key string, val []byte, exp time.Duration) error
}

// Config is what the gate needs from outside.
type Config struct {
	BaseURL    *url.URL // the public address; https makes cookies Secure
	Production bool
	Trusted    []netip.Prefix // proxies whose forwarded headers are believed
	Origins    []string       // that may call /api from a browser
	Storage    Storage
	Sessions   *sessions.Sessions
	Keys       *secret.Keys
	Limits     *limit.Limits
	API        limit.Limit // calls under /api, per person or client address
	Metrics    *metrics.HTTP
	Traces     *traces.Traces   // nil: none are made
	Reports    *reports.Reports // nil: none are sent
	Assets     string           // origin that pages load static files from; empty for this one
}

// Gate has the middleware of all routes.
type Gate struct {
	Config
	store    *session.Store
	cookies  cookieNames
	routes   map[*fiber.Route]pattern
	headers  []header
	draining atomic.Bool
	slots    chan struct{} // taken by requests that are being answered
	waiting  atomic.Int64  // requests that have found no place yet
}

// New returns a gate.
func New(c Config) *Gate {
	names := namesFor(c.BaseURL.Scheme == "https")
	return &Gate{Config: c, cookies: names, headers: headersFor(c.Assets), slots: make(chan struct{}, maxConcurrent), store: session.New(session.Config{
		Storage:        &row{},
		KeyLookup:      "cookie:" + names.session,
		CookiePath:     "/",
		CookieHTTPOnly: true,
		CookieSameSite: "Lax",
		CookieSecure:   names.secure,
	})}
}

// Drain makes every answer from now on end its connection, so that clients
// move to another replica before this one stops.
func (g *Gate) Drain() { g.draining.Store(true) }

// Draining reports whether the process is about to stop.
func (g *Gate) Draining() bool { return g.draining.Load() }

// Request is what the gate has found out about a request.
type Request struct {
	scope   scope.Scope // as far as it is known
	gate    *Gate
	session *sessions.Session // nil without a live browser session
	refused error             // why the bearer token was refused
	span    *traces.Request   // nil: not traced
}

type requestKey struct{}

// Session returns the browser's live session; nil without one.
func (v *Request) Session() *sessions.Session { return v.session }

// From returns the visit of the request; nil only before Enter ran.
func From(c *fiber.Ctx) *Request {
	v, _ := c.Locals(requestKey{}).(*Request)
	return v
}
