package handlers

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"stoa/handlers/gate"
	"stoa/static"
)

const (
	forAYear  = "public, max-age=31536000, immutable"
	forAnHour = "public, max-age=3600"
)

// assets serves the embedded files, packed where the client takes it. No
// session is looked at.
func (s *Site) assets(c *fiber.Ctx) error {
	asset, ok := static.Lookup(c.Path())
	if !ok || c.Method() != fiber.MethodGet && c.Method() != fiber.MethodHead {
		return c.Next()
	}
	if s.Gate.Assets != "" {
		// The CDN hands our headers on, to pages for which it is another site.
		// Fonts, and what has an integrity, want the first. The files are public
		// and no answer here depends on who asks, so everybody may have them.
		c.Set(fiber.HeaderAccessControlAllowOrigin, "*")
		c.Set("Cross-Origin-Resource-Policy", "cross-origin")
	}
	c.Set(fiber.HeaderCacheControl, forAnHour)
	if asset.Immutable {
		c.Set(fiber.HeaderCacheControl, forAYear)
	}
	c.Set(fiber.HeaderETag, asset.ETag)
	if asset.Brotli != nil {
		c.Vary(fiber.HeaderAcceptEncoding)
	}
	if known(c.Get(fiber.HeaderIfNoneMatch), asset.ETag) {
		c.Status(fiber.StatusNotModified)
		return nil
	}
	c.Set(fiber.HeaderContentType, asset.Type)
	body := asset.Body
	if asset.Brotli != nil {
		switch gate.Encoding(c) {
		case "br":
			body = asset.Brotli
			c.Set(fiber.HeaderContentEncoding, "br")
		case "gzip":
			body = asset.Gzip
			c.Set(fiber.HeaderContentEncoding, "gzip")
		}
	}
	c.Response().SetBodyRaw(body)
	return nil
}

// known reports whether etag is among those of an If-None-Match (RFC 9110
// 13.1.2). A proxy that packs an answer itself makes its ETag a weak one.
func known(ifNoneMatch, etag string) bool {
	for one := range strings.SplitSeq(ifNoneMatch, ",") {
		if one = strings.TrimSpace(one); one == "*" || strings.TrimPrefix(one, "W/") == etag {
			return true
		}
	}
	return false
}
