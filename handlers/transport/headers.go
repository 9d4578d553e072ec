package transport

import (
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// policy allows only our own files: no inline script or style, no other origin,
// no frame (ASVS 3.4.3, 3.4.6).
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"

const permissions = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), " +
	"microphone=(), payment=(), usb=()"

type header struct{ name, value []byte }

// headersFor returns the headers that are the same in every response. Their
// names are normalized once, here.
func headersFor(assets string) []header {
	return canonical(map[string]string{
		fiber.HeaderContentSecurityPolicy: policyFor(assets),
		fiber.HeaderXContentTypeOptions:   "nosniff",
		fiber.HeaderXFrameOptions:         "DENY",
		fiber.HeaderXXSSProtection:        "0",
		// Not no-referrer: it makes browsers send "Origin: null" with our
		// forms.
		fiber.HeaderReferrerPolicy:     "same-origin",
		fiber.HeaderPermissionsPolicy:  permissions,
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
	})
}

// policyFor returns the policy with the origin of ASSET_URL added for static
// files only: connections, forms and manifests stay with our origin.
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

// setHeaders sets the headers of every response. The error handler calls it for
// requests that never reached Enter.
func (t *Transport) setHeaders(c *fiber.Ctx) {
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

// AllowFrame allows this page, of a development server, to contain another of
// our pages in a frame.
func AllowFrame(c *fiber.Ctx) {
	c.Set(fiber.HeaderContentSecurityPolicy, policy+"; frame-src 'self'")
}

// sandboxed is the policy of an email in a frame: no script, no form, an opaque
// origin, and no external file, because a picture would report to the sender
// that the email was read. Inline styles are allowed. Links may open a window,
// to which the sandbox does not apply.
const sandboxed = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; " +
	"img-src data:; frame-ancestors 'self'"

// Sandbox allows our own pages to show the response in a frame, without scripts
// and external files.
func Sandbox(c *fiber.Ctx) {
	c.Set(fiber.HeaderContentSecurityPolicy, sandboxed)
	c.Response().Header.Del(fiber.HeaderXFrameOptions)
}
