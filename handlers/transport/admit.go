package transport

import (
	"bytes"
	"fmt"
	"net"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"stoa/platform/fault"
)

// maxFields is the largest number of fields in a form. Ours have fewer than
// ten.
const maxFields = 100

// admit refuses a request without a slot, and bodies that no handler may parse.
func (t *Transport) admit(c *fiber.Ctx, hasSlot bool) error {
	if !hasSlot {
		return Overloaded
	}
	if !t.Production && !t.isLocal(c.Hostname()) {
		return &fault.Error{Kind: fault.Malformed, Code: "malformed_request", Message: "This development server serves " + t.BaseURL.Host + " only: open " + t.BaseURL.String() + "."}
	}
	if encoded(&c.Request().Header) {
		return &fault.Error{Kind: fault.Unsupported, Code: "unsupported_media_type", Message: "Send the body uncompressed, without Content-Encoding."}
	}
	if tooManyFields(c.Request()) {
		return &fault.Error{Kind: fault.TooLarge, Code: "too_large", Message: fmt.Sprintf("Send at most %d fields.", maxFields)}
	}
	return nil
}

// isLocal reports whether the host of a request is this machine or that of BASE_URL.
// A development server shows every email and needs no password for it: the page of
// another site must not read them through a name that leads to 127.0.0.1 (DNS
// rebinding).
func (t *Transport) isLocal(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = strings.Trim(host, "[]")
	}
	ip := net.ParseIP(name)
	return name == "" || strings.EqualFold(name, "localhost") || strings.HasSuffix(strings.ToLower(name), ".localhost") ||
		ip != nil && ip.IsLoopback() || strings.EqualFold(name, t.BaseURL.Hostname())
}

// lowerType converts the media type of the body to lower case. It is
// case-insensitive (RFC 9110 8.3.1), but fasthttp parses forms with the
// lower-case type only.
func lowerType(h *fasthttp.RequestHeader) {
	full := h.ContentType()
	kind, _, _ := bytes.Cut(full, []byte(";"))
	if lower := bytes.ToLower(kind); !bytes.Equal(lower, kind) {
		h.SetContentTypeBytes(append(lower, full[len(kind):]...))
	}
}

// encoded reports whether the body is compressed. A body of 300 KB can
// decompress to gigabytes, and Fiber decompresses without a limit. None of our
// clients needs that. encoded checks each Content-Encoding header, because
// Fiber uses the last.
func encoded(h *fasthttp.RequestHeader) bool {
	for _, encoding := range h.PeekAll(fiber.HeaderContentEncoding) {
		if len(encoding) > 0 && !strings.EqualFold(string(encoding), "identity") {
			return true
		}
	}
	return false
}

// tooManyFields reports whether a form has more than maxFields fields. Each
// field costs a hundred bytes, even an empty one, and fasthttp keeps that
// memory for later requests: a few dozen forms of a mebibyte needed gigabytes.
// The test for a form is the same as in fasthttp, which parses it.
func tooManyFields(r *fasthttp.Request) bool {
	form := bytes.HasPrefix(r.Header.ContentType(), []byte(fiber.MIMEApplicationForm))
	return form && bytes.Count(r.Body(), []byte("&")) >= maxFields
}
