package gate

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"stoa/platform/fault"
)

// Requests that change something must come from our own pages (ASVS 3.5.1,
// 3.5.3). There are two independent checks: the origin that the browser
// reports, and a token that is bound to the session and is only in our pages.
// Neither check writes a row.

const (
	csrfPurpose = "csrf"
	csrfField   = "_csrf"
	csrfHeader  = "X-CSRF-Token"
	csrfSize    = 32
)

// CSRF refuses with 403 a state-changing request that comes from another site
// or has no token of this session.
func (g *Gate) CSRF(c *fiber.Ctx) error {
	switch c.Method() {
	case fiber.MethodGet, fiber.MethodHead, fiber.MethodOptions:
		return c.Next()
	}
	if g.crossOrigin(c) {
		return &fault.Error{Kind: fault.Forbidden, Code: "cross_origin", Message: "This request came from another site, so it was not carried out."}
	}
	token := c.Get(csrfHeader)
	if token == "" {
		token = Field(c, csrfField)
	}
	if !From(c).ownToken(c, token) {
		return &fault.Error{
			Kind: fault.Forbidden, Code: "csrf",
			Message: "This form is out of date: you signed in or out since it was opened, or it stayed open for too long. Nothing was changed. Open the page again and send the form once more.",
		}
	}
	return c.Next()
}

// crossOrigin reports whether another site made the request. It uses
// Sec-Fetch-Site or, in browsers without it, Origin: the rules of net/http's
// CrossOriginProtection.
func (g *Gate) crossOrigin(c *fiber.Ctx) bool {
	switch c.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return false
	case "":
	default:
		return true
	}
	origin := c.Get(fiber.HeaderOrigin)
	if origin == "" {
		return false // not a browser; the token decides
	}
	from, err := url.Parse(origin)
	return err != nil || from.Host == "" || from.Host != g.Transport.BaseURL.Host && from.Host != string(c.Request().Host())
}

// CSRFToken returns a token for the forms of this response. It has a new mask
// each time, so that the length of a compressed page does not reveal it
// (BREACH).
func (r *Request) CSRFToken(c *fiber.Ctx) string {
	mac := r.gate.Keys.Sign(csrfPurpose, []byte(r.ensureBinding(c)))
	token := make([]byte, 2*csrfSize)
	rand.Read(token[:csrfSize])
	subtle.XORBytes(token[csrfSize:], token[:csrfSize], mac)
	return base64.RawURLEncoding.EncodeToString(token)
}

func (r *Request) ownToken(c *fiber.Ctx, token string) bool {
	bound := r.binding(c)
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if bound == "" || err != nil || len(raw) != 2*csrfSize {
		return false
	}
	mac := make([]byte, csrfSize)
	subtle.XORBytes(mac, raw[:csrfSize], raw[csrfSize:])
	return r.gate.Keys.Verify(csrfPurpose, mac, []byte(bound))
}
