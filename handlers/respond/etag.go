package respond

import (
	"strings"

	"github.com/gofiber/fiber/v2"
)

// NotModified tags the answer and reports whether the client has it already: then it
// is 304, and to be sent without a body.
func NotModified(c *fiber.Ctx, etag string) bool {
	c.Set(fiber.HeaderETag, etag)
	known := matchesETag(etag, c.Get(fiber.HeaderIfNoneMatch))
	if known {
		c.Status(fiber.StatusNotModified)
	}
	return known
}

// matchesETag reports whether etag is one of an If-None-Match (RFC 9110 13.1.2). A
// proxy that packs an answer itself makes its ETag a weak one.
func matchesETag(etag, ifNoneMatch string) bool {
	for one := range strings.SplitSeq(ifNoneMatch, ",") {
		if one = strings.TrimSpace(one); one == "*" || strings.TrimPrefix(one, "W/") == etag {
			return true
		}
	}
	return false
}
