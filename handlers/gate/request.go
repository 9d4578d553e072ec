package gate

import (
	"encoding/base64"
	"log/slog"

	"github.com/gofiber/fiber/v2"

	"stoa/domain/scope"
	"stoa/domain/sessions"
	"stoa/handlers/transport"
	"stoa/platform/fair"
	"stoa/platform/telemetry"
)

// Request is a request with its user.
type Request struct {
	gate      *Gate
	scope     scope.Scope // its Device is set by Scope
	userAgent string
	session   *sessions.Session // nil without a live browser session
	refused   error             // why the bearer token was refused
}

type requestKey struct{}

// From returns the request; nil on routes without Session or Bearer.
func From(c *fiber.Ctx) *Request {
	r, _ := c.Locals(requestKey{}).(*Request)
	return r
}

// begin stores a Request that has no user yet.
func (g *Gate) begin(c *fiber.Ctx) *Request {
	in := transport.From(c)
	r := &Request{gate: g, userAgent: c.Get(fiber.HeaderUserAgent)}
	r.scope.Request = scope.Request{ID: in.ID, Addr: in.Addr, Client: in.LimitKey}
	c.Locals(requestKey{}, r)
	return r
}

// Scope returns the scope of the request for the domain's verbs. The first call
// parses the name of the device, which most pages do not need; see User.
func (r *Request) Scope() scope.Scope {
	if r.scope.Request.Device == "" {
		r.scope.Request.Device = sessions.DeviceName(r.userAgent)
	}
	return r.scope
}

// formIdentity is the key purpose of the identity of a posted form.
const formIdentity = "form-identity"

// FormScope is Scope with the identity of the posted form, by which a verb recognizes the
// same form that is sent twice. It is a MAC, because the form may have passwords.
func (r *Request) FormScope(c *fiber.Ctx) scope.Scope {
	sc := r.Scope()
	mac := r.gate.Keys.Sign(formIdentity, []byte(c.Path()), c.Body())
	sc.Request.Form = base64.RawURLEncoding.EncodeToString(mac)
	return sc
}

// User returns the signed-in user, or nil.
func (r *Request) User() *scope.User { return r.scope.User }

// SignedIn reports whether there is a signed-in user.
func (r *Request) SignedIn() bool { return r.scope.User != nil }

// Is reports whether the signed-in user has the id.
func (r *Request) Is(id scope.UserID) bool { return r.SignedIn() && r.scope.User.ID == id }

// Session returns the browser's live session, or nil.
func (r *Request) Session() *sessions.Session { return r.session }

// setUser sets the user and the session for the domain and the log, and the user as
// the owner of what the request uses from now on.
func (r *Request) setUser(c *fiber.Ctx, u scope.User, id scope.SessionID) {
	r.scope = r.scope.As(u, id)
	c.SetUserContext(fair.With(c.UserContext(), fair.User(u.ID.String())))
	LogUser(c, u)
}

// LogUser adds the user to the later log lines, the trace and the error report
// of the request.
func LogUser(c *fiber.Ctx, u scope.User) {
	c.SetUserContext(telemetry.With(c.UserContext(), slog.String("user_id", u.ID.String())))
}
