package transport

import (
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// policy allows nothing but our own files: no inline script or style, no
// foreign origin, no frame (ASVS 3.4.3, 3.4.6).
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"

const permissions = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), " +
	"microphone=(), payment=(), usb=()"

type header struct{ name, value []byte }

// headersFor returns what is the same on every answer, so that the names are
// written the canonical way once.
func headersFor(assets string) []header {
	return canonical(map[string]string{
		fiber.HeaderContentSecurityPolicy: policyFor(assets),
		fiber.HeaderXContentTypeOptions:   "nosniff",
		fiber.HeaderXFrameOptions:         "DENY",
		fiber.HeaderXXSSProtection:        "0",
		// Not no-referrer: it makes browsers send "Origin: null" with our forms.
		fiber.HeaderReferrerPolicy:     "same-origin",
		fiber.HeaderPermissionsPolicy:  permissions,
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
	})
}

// policyFor is the policy with one more origin for what pages load from
// ASSET_URL, and for nothing else: no connection, form or manifest goes there.
func policyFor(assets string) string {
	if assets == "" {
		return policy
	}
	list := strings.Split(policy, "; ")
	for i, directive := range list {
		switch name, _, _ := strings.Cut(directive, " "); name {
		case "script-src", "style-src", "img-src", "font-src":
			list[i] += " " + assets
		}
	}
	return strings.Join(list, "; ")
}

func canonical(named map[string]string) []header {
	var list []header
	for name, value := range named {
		list = append(list, header{fasthttp.AppendNormalizedHeaderKey(nil, name), []byte(value)})
	}
	return list
}

// SetHeaders sets the headers that every answer carries, also those that no route
// gives: the error handler calls it for requests that never reached one.
func (t *Transport) SetHeaders(c *fiber.Ctx) {
	h := &c.Response().Header
	h.Set(fiber.HeaderXRequestID, t.begin(c).ID)
	for _, always := range t.headers {
		h.SetCanonical(always.name, always.value)
	}
	if t.Secure() {
		h.Set(fiber.HeaderStrictTransportSecurity, "max-age=31536000; includeSubDomains")
	}
	if t.Draining() {
		h.SetConnectionClose()
	}
}

// AllowFrame lets this page, of a development server, frame one of ours.
func AllowFrame(c *fiber.Ctx) {
	c.Set(fiber.HeaderContentSecurityPolicy, policy+"; frame-src 'self'")
}

// sandboxed is for a mail in a frame: no script, form or origin of its own, and
// nothing from elsewhere, since a picture would tell its sender. Its styles are
// its own. Links may open a window, which the sandbox does not follow.
const sandboxed = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; " +
	"img-src data:; frame-ancestors 'self'"

// Sandbox has the answer shown in a frame of our own page and do nothing there.
func Sandbox(c *fiber.Ctx) {
	c.Set(fiber.HeaderContentSecurityPolicy, sandboxed)
	c.Response().Header.Del(fiber.HeaderXFrameOptions)
}
