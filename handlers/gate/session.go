package gate

import (
	"context"
	"log/slog"
	"net/url"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/session"
	"github.com/valyala/fasthttp"

	"stoa/domain/scope"
	"stoa/domain/sessions"
	"stoa/handlers/transport"
	"stoa/platform/fault"
)

// Session finds the browser's session and renews it when its last use is some
// minutes old. A failed lookup is an error, never "signed out". A request
// without a session cookie needs no query.
func (g *Gate) Session(c *fiber.Ctx) error {
	if err := g.find(c); err != nil {
		return err
	}
	return c.Next()
}

// find is Session without the next handler.
func (g *Gate) find(c *fiber.Ctx) error {
	r := g.begin(c)
	if c.Cookies(g.cookies.session) == "" {
		return nil
	}
	sess, row, err := g.open(c, c.Cookies(g.cookies.session))
	if err != nil || row.found == nil {
		return err
	}
	r.session = row.found
	r.setUser(c, row.found.User, row.found.ID)
	lifetime, due := row.found.Renewal()
	if !due {
		return nil
	}
	if err := g.Sessions.RecordUse(c.UserContext(), row.found.ID, r.scope.Request.Addr); err != nil {
		return err
	}
	return save(sess, lifetime)
}

// SignedInForError reports whether an error page can have the shell of the signed-in
// user. For a path without a route, which has read no session, it reads it; an error of
// that is logged and means no. A route without sessions, such as that of pictures, costs
// no query when it finds nothing.
func (g *Gate) SignedInForError(c *fiber.Ctx, status int) bool {
	if status >= fiber.StatusInternalServerError {
		return false
	}
	const middleware = "/" // the route of a request that no other one matches
	if From(c) == nil && status == fiber.StatusNotFound && c.Route().Path == middleware {
		if err := g.find(c); err != nil {
			slog.WarnContext(c.UserContext(), "error page: session not read", "error", err)
			return false
		}
	}
	return From(c) != nil && From(c).SignedIn()
}

// SessionUser returns the user of the live session in the headers of a request,
// before its body is read. Without a session it returns the error of SignedIn.
func (g *Gate) SessionUser(ctx context.Context, h *fasthttp.RequestHeader) (scope.UserID, error) {
	token := string(h.Cookie(g.cookies.session))
	if token == "" {
		return scope.UserID{}, fault.SignIn()
	}
	found, live, err := g.Sessions.Find(ctx, token)
	if err == nil && !live {
		err = fault.SignIn()
	}
	return found.User.ID, err
}

// open reads the request's session through Fiber's store. The store saves it
// under the identifier id, which the browser has or will get.
func (g *Gate) open(c *fiber.Ctx, id string) (*session.Session, *row, error) {
	r := &row{ctx: c.UserContext(), gate: g, request: From(c)}
	store := *g.store
	store.Storage = r
	store.KeyGenerator = func() string { return id }
	sess, err := store.Get(c)
	return sess, r, err
}

func save(sess *session.Session, lifetime time.Duration) error {
	sess.SetExpiry(lifetime)
	return sess.Save()
}

// SignIn gives the browser the opened session and ends its earlier one: no
// identifier stays valid after a sign-in (ASVS 7.2.4).
func (r *Request) SignIn(c *fiber.Ctx, opened sessions.Opened) error {
	sess, row, err := r.gate.open(c, opened.Token)
	if err != nil {
		return err
	}
	if row.found != nil {
		if err := sess.Regenerate(); err != nil {
			return err
		}
	}
	c.Request().Header.SetCookie(r.gate.cookies.session, opened.Token) // for a page that this request shows
	return save(sess, opened.Lifetime)
}

// RotateToken gives the browser the new token of its session.
func (r *Request) RotateToken(c *fiber.Ctx, token string) error {
	if token == "" { // the session has ended in the meantime
		return nil
	}
	sess, _, err := r.gate.open(c, token)
	if err != nil {
		return err
	}
	lifetime, _ := r.session.Renewal()
	return save(sess, lifetime)
}

// SignOut ends the browser's session and makes the browser clear its cache and
// storage. The theme and device cookies stay, because they do not belong to the
// session.
func (r *Request) SignOut(c *fiber.Ctx) error {
	sess, _, err := r.gate.open(c, c.Cookies(r.gate.cookies.session))
	if err != nil {
		return err
	}
	if err := sess.Destroy(); err != nil {
		return err
	}
	c.Set("Clear-Site-Data", `"cache", "storage"`)
	return nil
}

// SignedIn refuses requests without a signed-in user. The error response leads
// to the sign-in page and from there back to the requested page.
func (g *Gate) SignedIn(c *fiber.Ctx) error {
	if From(c).SignedIn() {
		return c.Next()
	}
	return fault.SignIn()
}

// LoginPath returns the URL of the sign-in page, with the requested page as the
// next one. For a request that changes something, the next page is the page
// with its form: the change itself is not repeated.
func LoginPath(c *fiber.Ctx) string {
	next := transport.Target(c)
	if c.Method() != fiber.MethodGet && c.Method() != fiber.MethodHead {
		next = refererPath(c)
	}
	if next = LocalPath(next); next == "" {
		return "/login"
	}
	return "/login?next=" + url.QueryEscape(next)
}

func refererPath(c *fiber.Ctx) string {
	from, err := url.Parse(c.Get(fiber.HeaderReferer))
	if err != nil || from.Host == "" {
		return ""
	}
	return from.RequestURI()
}

// PagePath returns the path of the page that sent the request, by its Referer,
// else "/".
func PagePath(c *fiber.Ctx) string {
	if path := OwnPath(refererPath(c)); path != "" {
		return path
	}
	return "/"
}
