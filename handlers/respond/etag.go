package respond

import (
	"strings"

	"github.com/gofiber/fiber/v2"
)

// NotModified sets the ETag of the response and reports whether the client has
// this version already. It then also sets the status 304, and the response must
// have no body.
func NotModified(c *fiber.Ctx, etag string) bool {
	c.Set(fiber.HeaderETag, etag)
	known := matchesETag(etag, c.Get(fiber.HeaderIfNoneMatch))
	if known {
		c.Status(fiber.StatusNotModified)
	}
	return known
}

// matchesETag reports whether If-None-Match contains the ETag (RFC 9110
// 13.1.2), also in its weak form: a proxy that compresses a response makes its
// ETag weak.
func matchesETag(etag, ifNoneMatch string) bool {
	for one := range strings.SplitSeq(ifNoneMatch, ",") {
		if one = strings.TrimSpace(one); one == "*" || strings.TrimPrefix(one, "W/") == etag {
			return true
		}
	}
	return false
}
