// Package transport has what every request needs, with or without a user: an
// id, a deadline, a slot, headers, compression, framing checks, body limits,
// metrics, a trace and a log line. Package gate finds the user of a request.
package transport

import (
	"net/netip"
	"net/url"
	"sync/atomic"

	"github.com/gofiber/fiber/v2"

	"stoa/platform/metrics"
	"stoa/platform/reports"
	"stoa/platform/traces"
)

// Config has the dependencies and settings of a Transport.
type Config struct {
	BaseURL    *url.URL // the public URL
	Production bool
	Trusted    []netip.Prefix // proxies that may set forwarded headers
	Assets     string         // origin of the static files; empty: this server
	Metrics    *metrics.HTTP
	Traces     *traces.Traces   `wiring:"optional"` // nil: no traces
	Reports    *reports.Reports `wiring:"optional"` // nil: no error reports
}

// Transport has the middleware that runs before any other.
type Transport struct {
	Config
	routes   map[*fiber.Route]pattern
	headers  []header
	draining atomic.Bool
	slots    chan struct{} // one element for each request being processed
	waiting  atomic.Int64  // requests that wait for a slot
}

// New returns a transport.
func New(c Config) *Transport {
	return &Transport{Config: c, headers: headersFor(c.Assets), slots: make(chan struct{}, maxConcurrent)}
}

// Secure reports whether the public URL is https.
func (t *Transport) Secure() bool { return t.BaseURL.Scheme == "https" }

// Drain makes every response from now on close its connection, so that clients
// connect to another replica before this one stops.
func (t *Transport) Drain() { t.draining.Store(true) }

// Draining reports whether the process is about to stop.
func (t *Transport) Draining() bool { return t.draining.Load() }
