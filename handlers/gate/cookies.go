package gate

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"stoa/platform/secret"
)

// cookieNames are the names of our cookies. Over https they have the __Host-
// prefix, so that no other host of the domain can set them (ASVS 3.3.1, 3.3.3).
// The device cookie is protected by its MACs and needs no prefix.
type cookieNames struct {
	secure                                 bool
	session, visitor, device, theme, flash string
}

func namesFor(secure bool) cookieNames {
	prefix := ""
	if secure {
		prefix = "__Host-"
	}
	return cookieNames{
		secure, prefix + "stoa_session", prefix + "stoa_visitor", "stoa_device", prefix + "stoa_theme", prefix + "stoa_flash",
	}
}

const (
	deviceLifetime = 365 * 24 * time.Hour
	themeLifetime  = 365 * 24 * time.Hour
	flashLifetime  = time.Minute
)

// setCookie sets a cookie that scripts cannot read. With lifetime 0 the browser
// keeps it until it is closed.
func (g *Gate) setCookie(c *fiber.Ctx, name, value string, lifetime time.Duration) {
	c.Cookie(&fiber.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: int(lifetime.Seconds()), SessionOnly: lifetime == 0,
		Secure: g.cookies.secure, HTTPOnly: true, SameSite: fiber.CookieSameSiteLaxMode,
	})
}

func (g *Gate) dropCookie(c *fiber.Ctx, name string) {
	c.Cookie(&fiber.Cookie{
		Name: name, Path: "/", Expires: time.Unix(1, 0), Secure: g.cookies.secure, HTTPOnly: true,
		SameSite: fiber.CookieSameSiteLaxMode,
	})
}

// Theme returns the theme chosen in this browser: system, light or dark.
func (g *Gate) Theme(c *fiber.Ctx) string {
	switch theme := c.Cookies(g.cookies.theme); theme {
	case "light", "dark":
		return theme
	}
	return "system"
}

// Theme returns the theme chosen in this browser.
func (r *Request) Theme(c *fiber.Ctx) string { return r.gate.Theme(c) }

// SetTheme stores the theme in this browser. It returns false for an unknown
// theme.
func (r *Request) SetTheme(c *fiber.Ctx, theme string) bool {
	switch theme {
	case "system", "light", "dark":
		r.gate.setCookie(c, r.gate.cookies.theme, theme, themeLifetime)
		return true
	}
	return false
}

// Device returns the value of the device cookie.
func (r *Request) Device(c *fiber.Ctx) string { return c.Cookies(r.gate.cookies.device) }

// SetDevice sets the device cookie after a sign-in in this browser.
func (r *Request) SetDevice(c *fiber.Ctx, value string) {
	r.gate.setCookie(c, r.gate.cookies.device, value, deviceLifetime)
}

// SetFlash stores the code of a message for the next page. The cookie has a
// known code, not a text, so that a forged cookie cannot put its own text into
// our pages.
func (r *Request) SetFlash(c *fiber.Ctx, code string) {
	r.gate.setCookie(c, r.gate.cookies.flash, code, flashLifetime)
}

// ShowFlash is SetFlash for the page that this request shows later.
func (r *Request) ShowFlash(c *fiber.Ctx, code string) {
	c.Request().Header.SetCookie(r.gate.cookies.flash, code)
}

// TakeFlash returns the code that SetFlash stored, and deletes the cookie.
func (r *Request) TakeFlash(c *fiber.Ctx) string {
	code := c.Cookies(r.gate.cookies.flash)
	if code != "" {
		r.gate.dropCookie(c, r.gate.cookies.flash)
	}
	return code
}

// binding returns the value to which this browser's CSRF tokens are bound: its
// session, or before sign-in a random value.
func (r *Request) binding(c *fiber.Ctx) string {
	if r.session != nil {
		return c.Cookies(r.gate.cookies.session)
	}
	return c.Cookies(r.gate.cookies.visitor)
}

// ensureBinding is binding for a page with forms. It sets the random value when
// the browser has none.
func (r *Request) ensureBinding(c *fiber.Ctx) string {
	bound := r.binding(c)
	if bound == "" {
		bound = secret.Token()
		r.gate.setCookie(c, r.gate.cookies.visitor, bound, 0)
	}
	return bound
}
