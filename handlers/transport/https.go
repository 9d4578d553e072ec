package transport

import (
	"strings"

	"github.com/gofiber/fiber/v2"
)

// RedirectToHTTPS redirects a request to https when a trusted proxy received it
// by http (ASVS 12.2.1). It does not redirect direct requests, such as health
// checks.
func (t *Transport) RedirectToHTTPS(c *fiber.Ctx) error {
	if !t.Production || !t.Secure() || !t.trusts(c) || !forwardedHTTP(c) {
		return c.Next()
	}
	target := Target(c)
	if !strings.HasPrefix(target, "/") { // OPTIONS *
		return fiber.ErrBadRequest
	}
	return c.Redirect(From(c).Absolute(target), fiber.StatusPermanentRedirect)
}

// forwardedHTTP reports whether the client's request came by http. Each proxy of a
// chain may add how its own client connected: "https,http" is a client by https,
// and a second proxy behind the first by http. Of several values https counts,
// otherwise the redirect would lead to itself for ever. A client that invents the
// value only keeps its own request from being redirected.
func forwardedHTTP(c *fiber.Ctx) bool {
	byHTTP := false
	for _, line := range c.Request().Header.PeekAll(fiber.HeaderXForwardedProto) {
		for value := range strings.SplitSeq(string(line), ",") {
			switch value = strings.TrimSpace(value); {
			case strings.EqualFold(value, "https"):
				return false
			case strings.EqualFold(value, "http"):
				byHTTP = true
			}
		}
	}
	return byHTTP
}
