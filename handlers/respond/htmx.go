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
// a link or restores its history; versions before 4 do not say.
func partial(c *fiber.Ctx) bool {
	kind := c.Get(hxRequestType)
	return kind == "partial" || kind == "" && c.Get(hxRequest) == "true"
}

// varyByHTMX keeps caches from giving a fragment to who wants a page.
func varyByHTMX(c *fiber.Ctx) { c.Vary(hxRequest, hxRequestType) }

// navigate sends the browser to path: by 303, or by a header where htmx would
// follow a 303 without moving the address. status is the one for htmx.
func navigate(c *fiber.Ctx, status int, path string) error {
	c.Set(fiber.HeaderCacheControl, privateNoCache) // where to depends on who asks
	varyByHTMX(c)
	if partial(c) {
		c.Set(hxRedirect, path)
		return c.SendStatus(status)
	}
	return c.Redirect(path, fiber.StatusSeeOther)
}
