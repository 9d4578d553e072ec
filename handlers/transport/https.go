package transport

import (
	"strings"

	"github.com/gofiber/fiber/v2"
)

// RedirectToHTTPS redirects a request to https when a trusted proxy received it
// by http (ASVS 12.2.1). It does not redirect direct requests, such as health
// checks.
func (t *Transport) RedirectToHTTPS(c *fiber.Ctx) error {
	if !t.Production || !t.Secure() || !t.trusts(c) || !t.forwardedHTTP(c) {
		return c.Next()
	}
	target := Target(c)
	if !strings.HasPrefix(target, "/") { // OPTIONS *
		return fiber.ErrBadRequest
	}
	return c.Redirect(From(c).Absolute(target), fiber.StatusPermanentRedirect)
}

// forwardedHTTP reports whether the client's request came by http. Each proxy of a
// chain may append how its own client connected, as it appends its client's address
// to X-Forwarded-For: the values of the trusted proxies are on the right, and the
// leftmost of these is the client's. A value on the left of it is written by a proxy
// that is not trusted, or by the client. There https counts, otherwise the redirect
// would lead to itself for ever behind such a proxy. A client that invents the value
// only keeps its own request from being redirected.
func (t *Transport) forwardedHTTP(c *fiber.Ctx) bool {
	_, proxies := behindProxies(peerAddr(c), headerLines(c, fiber.HeaderXForwardedFor), t.Trusted)
	values := strings.Split(strings.Join(headerLines(c, fiber.HeaderXForwardedProto), ","), ",")
	byHTTP := false
	for _, value := range values[:max(1, len(values)-max(0, proxies-1))] {
		switch value = strings.TrimSpace(value); {
		case strings.EqualFold(value, "https"):
			return false
		case strings.EqualFold(value, "http"):
			byHTTP = true
		}
	}
	return byHTTP
}
