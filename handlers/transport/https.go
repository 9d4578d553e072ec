package transport

import (
	"strings"

	"github.com/gofiber/fiber/v2"
)

// RedirectToHTTPS redirects to https what a trusted proxy says came by http (ASVS
// 12.2.1). A direct request is served: health checks come that way.
func (t *Transport) RedirectToHTTPS(c *fiber.Ctx) error {
	if !t.Production || !t.Secure() || !t.trusts(c) || !forwardedHTTP(c) {
		return c.Next()
	}
	target := c.OriginalURL()
	if !strings.HasPrefix(target, "/") { // a whole address in place of a path
		return fiber.ErrBadRequest
	}
	return c.Redirect(From(c).Absolute(target), fiber.StatusPermanentRedirect)
}

// forwardedHTTP reads X-Forwarded-Proto from the right, as ClientAddr reads
// addresses: what stands left of the last value, a client may have written.
func forwardedHTTP(c *fiber.Ctx) bool {
	lines := c.Request().Header.PeekAll(fiber.HeaderXForwardedProto)
	if len(lines) == 0 {
		return false
	}
	last := string(lines[len(lines)-1])
	return strings.EqualFold(strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:]), "http")
}
