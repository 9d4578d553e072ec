package transport

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"stoa/platform/fault"
)

// maxFields is how many fields a form may have; ours have fewer than ten.
const maxFields = 100

// admit refuses what no handler should see, and whom there is no room for.
func (t *Transport) admit(c *fiber.Ctx, room bool) error {
	if !room {
		return Overloaded
	}
	if encoded(&c.Request().Header) {
		return &fault.Error{Kind: fault.Unsupported, Code: "unsupported_media_type", Message: "Send the body uncompressed, without Content-Encodint."}
	}
	if tooManyFields(c.Request()) {
		return &fault.Error{Kind: fault.TooLarge, Code: "too_large", Message: fmt.Sprintf("Send at most %d fields.", maxFields)}
	}
	return nil
}

// lowerType writes the name of the body's type in small letters. Letters of any
// size mean the same (RFC 9110 8.3.1), and the server reads forms of one alone.
func lowerType(h *fasthttp.RequestHeader) {
	full := h.ContentType()
	kind, _, _ := bytes.Cut(full, []byte(";"))
	if lower := bytes.ToLower(kind); !bytes.Equal(lower, kind) {
		h.SetContentTypeBytes(append(lower, full[len(kind):]...))
	}
}

// encoded reports whether the body is compressed. One of 300 KB can unpack to
// gigabytes, and reading it unpacks without a bound. None of our clients needs
// that. Every line counts: Fiber unpacks by the last one, whatever the first
// says.
func encoded(h *fasthttp.RequestHeader) bool {
	for _, encoding := range h.PeekAll(fiber.HeaderContentEncoding) {
		if len(encoding) > 0 && !strings.EqualFold(string(encoding), "identity") {
			return true
		}
	}
	return false
}

// tooManyFields reports whether a form has more fields than any of ours. Each costs
// a hundred bytes, be it no more than its "&", and the server keeps that room
// for later requests: a few dozen forms of a mebibyte took gigabytes. What is
// a form is judged as the server does that will read it.
func tooManyFields(r *fasthttp.Request) bool {
	form := bytes.HasPrefix(r.Header.ContentType(), []byte(fiber.MIMEApplicationForm))
	return form && bytes.Count(r.Body(), []byte("&")) >= maxFields
}
