package respond

import "github.com/gofiber/fiber/v2"

// The headers of htmx 4. No other file knows them: to everything else htmx is
// a browser that may ask for a part of a page.
const (
	hxRequest     = "HX-Request"
	hxRequestType = "HX-Request-Type"
	hxRedirect    = "HX-Redirect"
)

// partial reports whether htmx wants a fragment. It says "full" when it boosts
// a link or restores its history.
func partial(c *fiber.Ctx) bool { return c.Get(hxRequestType) == "partial" }

// varyByHTMX keeps caches from giving a fragment to who wants a page.
func varyByHTMX(c *fiber.Ctx) { c.Vary(hxRequest, hxRequestType) }

// navigate sends the browser to path: by 303, or by a header where htmx would
// follow a 303 without moving the address. status is the one for htmx.
func navigate(c *fiber.Ctx, status int, path string) error {
	varyByHTMX(c)
	if partial(c) {
		c.Set(hxRedirect, path)
		return c.SendStatus(status)
	}
	return c.Redirect(path, fiber.StatusSeeOther)
}
