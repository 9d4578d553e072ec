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

// assets serves the embedded files, compressed if the client accepts it. It
// reads no session.
func (s *site) assets(c *fiber.Ctx) error {
	asset, ok := static.Lookup(c.Path())
	if !ok || c.Method() != fiber.MethodGet && c.Method() != fiber.MethodHead {
		return c.Next()
	}
	if s.Gate.Transport.Assets != "" {
		// The CDN passes our headers on to pages of another origin. Fonts and
		// files with an integrity attribute need the first header. Any origin
		// may read these files: they are public and the same for every user.
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

// encodedBody returns the file in the best encoding for the client. The
// encoding is "" for none.
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

// tagged returns the ETag of the file in an encoding. Each encoding needs its
// own: a strong ETag identifies the exact bytes (RFC 9110 8.8.3.3), and a cache
// may combine ranges of them.
func tagged(etag, encoding string) string {
	if encoding == "" {
		return etag
	}
	return strings.TrimSuffix(etag, `"`) + "-" + encoding + `"`
}
