package transport

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

const (
	compressFrom = 1024 // bytes; below it compression costs more than it saves
	brotliLevel  = 3
)

// compress compresses HTML, JSON and plain text with an encoding that the client accepts.
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
// "identity". It returns "" when the client does not state any. Among encodings
// that the client likes equally the order is ours: browsers list gzip first and do
// not prefer it (RFC 9110 12.5.3).
func Encoding(c *fiber.Ctx) string {
	header := c.Get(fiber.HeaderAcceptEncoding)
	if header == "" {
		return ""
	}
	best, most := "identity", 0.0
	for _, coding := range []string{"br", "gzip"} {
		if q := quality(header, coding); q > most {
			best, most = coding, q
		}
	}
	if identity := quality(header, "identity"); identity > most {
		return "identity"
	}
	return best
}

// Accepts reports whether the client accepts the coding.
func Accepts(c *fiber.Ctx, coding string) bool {
	return quality(c.Get(fiber.HeaderAcceptEncoding), coding) > 0
}

// quality returns the weight of a coding in an Accept-Encoding header, from 0 to 1.
func quality(header, coding string) float64 {
	any := 0.0
	for item := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(item, ";")
		weight := 1.0
		if _, text, ok := strings.Cut(params, "="); ok {
			weight, _ = strconv.ParseFloat(strings.TrimSpace(text), 64)
		}
		switch name = strings.TrimSpace(name); {
		case strings.EqualFold(name, coding):
			return weight
		case name == "*":
			any = weight
		}
	}
	return any
}

// compressed are the media types that compress compresses. Metrics are plain text.
var compressed = []string{fiber.MIMETextHTML, fiber.MIMEApplicationJSON, "application/problem+json", fiber.MIMETextPlain}

func compressible(r *fasthttp.Response) bool {
	if len(r.Header.ContentEncoding()) > 0 || bytes.Contains(r.Header.Peek(fiber.HeaderCacheControl), []byte("no-store")) {
		return false
	}
	kind, _, _ := strings.Cut(string(r.Header.ContentType()), ";")
	return slices.Contains(compressed, kind)
}
