package handlers

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"stoa/handlers/respond"
	"stoa/handlers/transport"
	"stoa/static"
)

const (
	cacheOneYear = "public, max-age=31536000, immutable"
	cacheOneHour = "public, max-age=3600"
)

// assets serves the embedded files, packed where the client takes it. No
// session is looked at.
func (s *Site) assets(c *fiber.Ctx) error {
	asset, ok := static.Lookup(c.Path())
	if !ok || c.Method() != fiber.MethodGet && c.Method() != fiber.MethodHead {
		return c.Next()
	}
	if s.Gate.Transport.Assets != "" {
		// The CDN hands our headers on, to pages for which it is another site.
		// Fonts, and what has an integrity, want the first. The files are public
		// and no answer here depends on who asks, so everybody may have them.
		c.Set(fiber.HeaderAccessControlAllowOrigin, "*")
		c.Set("Cross-Origin-Resource-Policy", "cross-origin")
	}
	c.Set(fiber.HeaderCacheControl, cacheOneHour)
	if asset.Immutable {
		c.Set(fiber.HeaderCacheControl, cacheOneYear)
	}
	body, encoding := encodedBody(c, asset)
	if respond.NotModified(c, tagged(asset.ETag, encoding)) {
		return nil
	}
	c.Set(fiber.HeaderContentType, asset.Type)
	if encoding != "" {
		c.Set(fiber.HeaderContentEncoding, encoding)
	}
	c.Response().SetBodyRaw(body)
	return nil
}

// encodedBody returns the file as the client takes it, and the encoding, "" for none.
func encodedBody(c *fiber.Ctx, asset static.Asset) (body []byte, encoding string) {
	if asset.Brotli == nil {
		return asset.Body, ""
	}
	c.Vary(fiber.HeaderAcceptEncoding)
	switch encoding = transport.Encoding(c); encoding {
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
