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

// compress packs HTML and JSON when the client takes it. Answers that must not
// be stored hold secrets and stay as they are: their length after compression
// would tell about them (BREACH).
func compress(c *fiber.Ctx) {
	r := c.Response()
	if length(r) < compressFrom || !packable(r) {
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

// length returns how long the body is. To ask a stream for its bytes would be
// to read it.
func length(r *fasthttp.Response) int {
	if r.IsBodyStream() {
		return r.Header.ContentLength()
	}
	return len(r.Body())
}

// Encoding returns the best encoding that the client asks for, br or gzip.
// Anything else is the answer as it is, which a client gets that does not say.
func Encoding(c *fiber.Ctx) string {
	if c.Get(fiber.HeaderAcceptEncoding) == "" {
		return ""
	}
	return c.AcceptsEncodings("br", "gzip", "identity")
}

func packable(r *fasthttp.Response) bool {
	if len(r.Header.ContentEncoding()) > 0 || bytes.Contains(r.Header.Peek(fiber.HeaderCacheControl), []byte("no-store")) {
		return false
	}
	kind, _, _ := strings.Cut(string(r.Header.ContentType()), ";")
	return kind == fiber.MIMETextHTML || kind == fiber.MIMEApplicationJSON || kind == "application/problem+json"
}
