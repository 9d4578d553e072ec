package transport

import (
	"bytes"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

const (
	compressFrom = 1024 // bytes; below it compression costs more than it saves
	brotliLevel  = 3
)

// compress compresses HTML and JSON with an encoding that the client accepts.
// It skips responses with no-store, which contain secrets: the compressed
// length would reveal parts of them (BREACH).
func compress(c *fiber.Ctx) {
	r := c.Response()
	if length(r) < compressFrom || !compressible(r) {
		return
	}
	c.Vary(fiber.HeaderAcceptEncoding)
	switch Encoding(c) {
	case "br":
		r.SetBodyRaw(fasthttp.AppendBrotliBytesLevel(nil, r.Body(), brotliLevel))
		r.Header.SetContentEncoding("br")
	case "gzip":
		r.SetBodyRaw(fasthttp.AppendGzipBytesLevel(nil, r.Body(), fasthttp.CompressBestSpeed))
		r.Header.SetContentEncoding("gzip")
	}
}

// length returns the length of the body without reading it when it is a stream.
func length(r *fasthttp.Response) int {
	if r.IsBodyStream() {
		return r.Header.ContentLength()
	}
	return len(r.Body())
}

// Encoding returns the best encoding that the client accepts, br or gzip, or
// "identity". It returns "" when the client does not state any.
func Encoding(c *fiber.Ctx) string {
	if c.Get(fiber.HeaderAcceptEncoding) == "" {
		return ""
	}
	return c.AcceptsEncodings("br", "gzip", "identity")
}

func compressible(r *fasthttp.Response) bool {
	if len(r.Header.ContentEncoding()) > 0 || bytes.Contains(r.Header.Peek(fiber.HeaderCacheControl), []byte("no-store")) {
		return false
	}
	kind, _, _ := strings.Cut(string(r.Header.ContentType()), ";")
	return kind == fiber.MIMETextHTML || kind == fiber.MIMEApplicationJSON || kind == "application/problem+json"
}
