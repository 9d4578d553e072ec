package gate

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"net/url"
	"slices"

	"github.com/gofiber/fiber/v2"

	"stoa/platform/fault"
)

// Requests that change something must come from our own pages (ASVS 3.5.1,
// 3.5.3). There are two independent checks: the origin that the browser
// reports, and a token that is bound to the session and is only in our pages.
// Neither check writes a row. A refused token still says for which user the page
// was made: see formToken.

const (
	csrfPurpose = "csrf"
	csrfField   = "_csrf"
	csrfHeader  = "X-CSRF-Token"
	csrfSize    = 32
)

// CSRF refuses with 403 a state-changing request that comes from another site
// or has no token of this session.
func (g *Gate) CSRF(c *fiber.Ctx) error {
	return g.checkForm(c, func(formToken) bool { return false })
}

// Harmless is CSRF for a form that changes only this browser, and nothing of a user. It
// accepts also a token from before the browser signed in or out. Only the sign-out needs a
// page of the user: that of another user or of a visitor ends no session.
func (g *Gate) Harmless(c *fiber.Ctx) error {
	r := From(c)
	return g.checkForm(c, func(t formToken) bool {
		return t.ours && (!r.SignedIn() || r.Is(t.user) || !isAuthPage(c.Path()))
	})
}

func (g *Gate) checkForm(c *fiber.Ctx, accepts func(formToken) bool) error {
	switch c.Method() {
	case fiber.MethodGet, fiber.MethodHead, fiber.MethodOptions:
		return c.Next()
	}
	if g.crossOrigin(c) {
		return &fault.Error{Kind: fault.Forbidden, Code: "cross_origin", Message: "This request came from another site, so it was not carried out."}
	}
	r := From(c)
	if t := r.readToken(c); !t.fresh && !accepts(t) {
		return r.refuseToken(c, t)
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

// CSRFToken returns a token for the forms of this response: the sealed id of its user,
// and the MAC of the session behind a mask. Both differ each time, so that the length of
// a compressed page does not reveal them (BREACH).
func (r *Request) CSRFToken(c *fiber.Ctx) string {
	mac := r.gate.Keys.Sign(csrfPurpose, []byte(r.ensureBinding(c)))
	user := r.userID()
	sealed, _ := r.gate.Keys.Seal(formPurpose, user.UUID[:], nil) // empty with an error: a token without a user
	mask := make([]byte, csrfSize)
	rand.Read(mask)
	subtle.XORBytes(mac, mac, mask)
	return base64.RawURLEncoding.EncodeToString(slices.Concat(sealed, mask, mac))
}
