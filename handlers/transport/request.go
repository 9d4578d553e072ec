package transport

import (
	"context"
	"log/slog"
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"stoa/platform/fair"
	"stoa/platform/telemetry"
	"stoa/platform/traces"
)

// validID matches the values of X-Request-ID that the server accepts from a
// client. Other values could forge log lines or make them long.
var validID = regexp.MustCompile(`^[A-Za-z0-9._-]{8,64}$`)

// Request is a request without its user.
type Request struct {
	ID       string     // in the response and in each log line
	Addr     netip.Addr // the client, trusted proxies removed
	LimitKey string     // the key of the client's limits; see the function LimitKey

	transport *Transport
	span      *traces.Request // nil: not traced
}

type requestKey struct{}

// From returns the request; nil only before Enter ran.
func From(c *fiber.Ctx) *Request {
	r, _ := c.Locals(requestKey{}).(*Request)
	return r
}

// Production reports whether the server runs in production.
func (r *Request) Production() bool { return r.transport.Config.Production }

// Target returns the path and the query of the request as they were sent. A proxy
// may send them behind a scheme and a host (RFC 9112 3.2.2).
func Target(c *fiber.Ctx) string { return originForm(c.OriginalURL()) }

func originForm(target string) string {
	if strings.HasPrefix(target, "/") {
		return target
	}
	u, err := url.Parse(target)
	if err != nil || u.Host == "" {
		return target
	}
	return u.RequestURI()
}

// Absolute returns the public URL of a path.
func (r *Request) Absolute(path string) string {
	return r.transport.BaseURL.Scheme + "://" + r.transport.BaseURL.Host + path
}

// begin returns the request; the first call creates it.
func (t *Transport) begin(c *fiber.Ctx) *Request {
	if r := From(c); r != nil {
		return r
	}
	addr := t.clientAddr(c)
	r := &Request{ID: c.Get(fiber.HeaderXRequestID), Addr: addr, LimitKey: LimitKey(addr), transport: t}
	if !validID.MatchString(r.ID) {
		r.ID = uuid.Must(uuid.NewV7()).String()
	}
	c.Locals(requestKey{}, r)
	ctx := fair.With(context.Background(), FairKey(addr)) // package gate replaces it by that of the user
	c.SetUserContext(telemetry.With(ctx, slog.String("request_id", r.ID)))
	return r
}
