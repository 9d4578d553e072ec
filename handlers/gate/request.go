package gate

import (
	"context"
	"log/slog"
	"net/netip"
	"regexp"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"stoa/domain/scope"
	"stoa/domain/sessions"
	"stoa/platform/telemetry"
)

// requestID is what a client may call its request; anything else could forge
// log lines or grow them.
var requestID = regexp.MustCompile(`^[A-Za-z0-9._-]{8,64}$`)

// Scope returns who acts, for the domain's verbs.
func (v *Request) Scope() scope.Scope { return v.scope }

// SignedIn reports whether a person acts.
func (v *Request) SignedIn() bool { return v.scope.User != nil }

// Is reports whether that person acts.
func (v *Request) Is(id scope.UserID) bool { return v.SignedIn() && v.scope.User.ID == id }

// RequestID returns the request's id, which its answer and log lines carry.
func (v *Request) RequestID() string { return v.scope.Request.ID }

// Production reports whether this is no development server.
func (v *Request) Production() bool { return v.gate.Config.Production }

// Absolute returns the public address of a path.
func (v *Request) Absolute(path string) string {
	return v.gate.BaseURL.Scheme + "://" + v.gate.BaseURL.Host + path
}

// begin begins the visit of a request, once.
func (g *Gate) begin(c *fiber.Ctx) *Request {
	if v := From(c); v != nil {
		return v
	}
	v := &Request{gate: g}
	v.scope.Request = scope.Request{ID: c.Get(fiber.HeaderXRequestID)}
	if !requestID.MatchString(v.scope.Request.ID) {
		v.scope.Request.ID = uuid.Must(uuid.NewV7()).String()
	}
	v.scope.Request.Addr = g.addr(c)
	v.scope.Request.Client = LimitKey(v.scope.Request.Addr)
	c.Locals(requestKey{}, v)
	c.SetUserContext(telemetry.With(context.Background(), slog.String("request_id", v.scope.Request.ID)))
	return v
}

// addr returns the client's address, believing only trusted proxies.
func (g *Gate) addr(c *fiber.Ctx) netip.Addr {
	peer, _ := netip.AddrFromSlice(c.Context().RemoteIP())
	var forwarded []string
	for _, value := range c.Request().Header.PeekAll(fiber.HeaderXForwardedFor) {
		forwarded = append(forwarded, string(value))
	}
	return ClientAddr(peer, forwarded, g.Trusted)
}

// setUser notes that the person acts through the session, for the domain and the
// log.
func (v *Request) setUser(c *fiber.Ctx, p scope.User, id scope.SessionID) {
	v.scope = v.scope.As(p, id)
	LogUser(c, p)
}

// LogUser notes for each later log line of the request whose it is: of somebody
// who acts, or has just come in.
func LogUser(c *fiber.Ctx, p scope.User) {
	c.SetUserContext(telemetry.With(c.UserContext(), slog.String("user_id", p.ID.String())))
}

// device names the client's program when a verb will write it down.
func (v *Request) device(c *fiber.Ctx) *Request {
	v.scope.Request.Device = sessions.DeviceName(c.Get(fiber.HeaderUserAgent))
	return v
}

// Named is From with the client's program named in the scope: for the verbs
// that open a sign-in.
func Named(c *fiber.Ctx) *Request { return From(c).device(c) }
