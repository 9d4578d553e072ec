package gate

import (
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/cors"

	"stoa/platform/fault"
)

// Bearer finds the user of a request under /api by its access token, never by a
// cookie. It counts the request per user, or per client without a valid token.
// An invalid token is an error only on routes with Authenticated.
func (g *Gate) Bearer(c *fiber.Ctx) error {
	r := g.begin(c)
	if scheme, token, ok := strings.Cut(c.Get(fiber.HeaderAuthorization), " "); ok && strings.EqualFold(scheme, "Bearer") {
		if err := r.authenticate(c, strings.TrimSpace(token)); err != nil {
			return err
		}
	}
	key := r.scope.Request.Client
	if r.SignedIn() {
		key = r.scope.User.ID.String()
	}
	state, err := g.Limits.Take(c.UserContext(), g.API, key)
	if err != nil {
		return err
	}
	SetLimit(c, state)
	return c.Next()
}

func (r *Request) authenticate(c *fiber.Ctx, token string) error {
	bearer, err := r.gate.Sessions.Authenticate(c.UserContext(), token)
	if fault.Is(err, fault.Unauthenticated) {
		r.refused = err
		return nil
	}
	if err != nil {
		return err
	}
	r.setUser(c, bearer.User, bearer.Session)
	if bearer.RecordUse {
		return r.gate.Sessions.RecordTokenUse(c.UserContext(), r.scope)
	}
	return nil
}

// Authenticated refuses requests without a valid access token.
func (g *Gate) Authenticated(c *fiber.Ctx) error {
	if r := From(c); !r.SignedIn() {
		return r.TokenError()
	}
	return c.Next()
}

// Refused returns the error of a request with an invalid access token, and nil for one
// without a token.
func (r *Request) Refused() error { return r.refused }

// TokenError returns the error of a request without a user: its token is invalid
// or missing.
func (r *Request) TokenError() error {
	if r.refused != nil {
		return r.refused
	}
	return &fault.Error{Kind: fault.Unauthenticated, Code: "unauthenticated", Message: "Send an access token: Authorization: Bearer <token>."}
}

// CORS allows scripts of the listed origins to call the API (ASVS 3.4.2).
// Without a list it does nothing.
func (g *Gate) CORS() fiber.Handler {
	if len(g.Origins) == 0 {
		return func(c *fiber.Ctx) error { return c.Next() }
	}
	return cors.New(cors.Config{
		AllowOrigins: strings.Join(g.Origins, ","),
		AllowMethods: "GET,POST,PUT,PATCH,DELETE",
		// The last three are of W3C Trace Context: tracing libraries add them to every call.
		AllowHeaders:  "Authorization,Content-Type,X-Request-ID,traceparent,tracestate,baggage",
		ExposeHeaders: "X-Request-ID,RateLimit,RateLimit-Policy,Retry-After",
		MaxAge:        600,
	})
}
