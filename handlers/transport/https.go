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
	target := c.OriginalURL()
	if !strings.HasPrefix(target, "/") { // an absolute URL in the request line
		return fiber.ErrBadRequest
	}
	return c.Redirect(From(c).Absolute(target), fiber.StatusPermanentRedirect)
}

// forwardedHTTP reports whether the last value of X-Forwarded-Proto is http. As
// in ClientAddr, a client may have written the values on its left.
func forwardedHTTP(c *fiber.Ctx) bool {
	lines := c.Request().Header.PeekAll(fiber.HeaderXForwardedProto)
	if len(lines) == 0 {
		return false
	}
	last := string(lines[len(lines)-1])
	return strings.EqualFold(strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:]), "http")
}
