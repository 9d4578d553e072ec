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
	body, encoding := packed(c, asset)
	etag := tagged(asset.ETag, encoding)
	c.Set(fiber.HeaderETag, etag)
	if known(c.Get(fiber.HeaderIfNoneMatch), etag) {
		c.Status(fiber.StatusNotModified)
		return nil
	}
	c.Set(fiber.HeaderContentType, asset.Type)
	if encoding != "" {
		c.Set(fiber.HeaderContentEncoding, encoding)
	}
	c.Response().SetBodyRaw(body)
	return nil
}

// packed returns the file as the client takes it, and the encoding, "" for none.
func packed(c *fiber.Ctx, asset static.Asset) (body []byte, encoding string) {
	if asset.Brotli == nil {
		return asset.Body, ""
	}
	c.Vary(fiber.HeaderAcceptEncoding)
	switch encoding = gate.Encoding(c); encoding {
	case "br":
		return asset.Brotli, encoding
	case "gzip":
		return asset.Gzip, encoding
	}
	return asset.Body, ""
}

// tagged returns the ETag of an encoding of the file: a strong one stands for
// the very bytes (RFC 9110 8.8.3.3), which a cache may join from parts.
func tagged(etag, encoding string) string {
	if encoding == "" {
		return etag
	}
	return strings.TrimSuffix(etag, `"`) + "-" + encoding + `"`
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
