package respond

import "github.com/gofiber/fiber/v2"

// The headers of htmx 4. No other file uses them: for all other code, htmx is a
// browser that may request a part of a page.
const (
	hxRequest     = "HX-Request"
	hxRequestType = "HX-Request-Type"
	hxRedirect    = "HX-Redirect"
	hxSendAgain   = "HX-Send-Again" // our own, for app.js: htmx passes each header HX-* to scripts
)

// partial reports whether htmx requests a fragment. The type of a request is
// "full" for a boosted link and for a page from the history of htmx. Versions
// before 4 send no type.
func partial(c *fiber.Ctx) bool {
	kind := c.Get(hxRequestType)
	return kind == "partial" || kind == "" && c.Get(hxRequest) == "true"
}

// varyByHTMX prevents caches from returning a fragment in place of a page.
func varyByHTMX(c *fiber.Ctx) { c.Vary(hxRequest, hxRequestType) }

// navigate sends the browser to path with a 303. For htmx, which would follow a
// 303 without a change of the URL, it sets a header and the status.
func navigate(c *fiber.Ctx, status int, path string) error {
	c.Set(fiber.HeaderCacheControl, privateNoCache) // the target depends on the user
	varyByHTMX(c)
	if partial(c) {
		c.Set(hxRedirect, path)
		return c.SendStatus(status)
	}
	return c.Redirect(path, fiber.StatusSeeOther)
}

// sendAgain tells the script to send the form again without htmx.
func sendAgain(c *fiber.Ctx, status int) error {
	c.Set(fiber.HeaderCacheControl, privateNoCache)
	varyByHTMX(c)
	c.Set(hxSendAgain, "true")
	return c.SendStatus(status)
}
