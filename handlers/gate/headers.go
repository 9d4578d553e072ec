package gate

import (
	"net/netip"

	"github.com/gofiber/fiber/v2"
)

// policy allows nothing but our own files: no inline script or style, no
// foreign origin, no frame (ASVS 3.4.3, 3.4.6).
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"

const permissions = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), " +
	"microphone=(), payment=(), usb=()"

// Head sets the headers that every answer carries, also those that no route
// gives: the error handler calls it for requests that never reached one.
func (g *Gate) Head(c *fiber.Ctx) {
	h := &c.Response().Header
	h.Set(fiber.HeaderXRequestID, g.visit(c).RequestID())
	h.Set(fiber.HeaderContentSecurityPolicy, policy)
	h.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	h.Set(fiber.HeaderXFrameOptions, "DENY")
	h.Set(fiber.HeaderXXSSProtection, "0")
	// Not no-referrer: it makes browsers send "Origin: null" with our forms.
	h.Set(fiber.HeaderReferrerPolicy, "same-origin")
	h.Set(fiber.HeaderPermissionsPolicy, permissions)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if g.cookies.secure {
		h.Set(fiber.HeaderStrictTransportSecurity, "max-age=31536000")
	}
	if g.Draining() {
		h.SetConnectionClose()
	}
}

// trusts reports whether the peer is a proxy whose headers are believed.
func (g *Gate) trusts(c *fiber.Ctx) bool {
	peer, _ := netip.AddrFromSlice(c.Context().RemoteIP())
	return within(peer.Unmap(), g.Trusted)
}
