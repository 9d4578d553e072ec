package gate

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"stoa/platform/fault"
	"stoa/platform/telemetry"
)

// deadline bounds all work of one request; single statements have shorter ones
// of their own. It leaves room for a full wait for the password hash.
const deadline = 20 * time.Second

// maxConcurrent is how many requests are answered at a time. More of them would
// only wait for each other, until none is answered in time, so as many as can
// still be answered in time wait for a place, and the rest are told at once to
// come back. Who is refused at once comes back at once, and a crowd of them
// takes of the time of those inside. Sign-ins that wait for their hash take at
// most 64 of the places.
const (
	maxConcurrent      = 256
	maxWaiting         = 1024
	maxWait            = 500 * time.Millisecond
	overloadRetryAfter = 2 * time.Second
)

// Overloaded is why somebody is refused for whom there is no room.
var Overloaded = &fault.Error{
	Kind: fault.Unavailable, Code: "busy", RetryAfter: overloadRetryAfter,
	Message: "Too many ask at the same time. Try again in a few seconds.",
}

// maxFields is how many fields a form may have; ours have fewer than ten.
const maxFields = 100

// Enter is the first middleware: it names the request, bounds its time, turns
// errors and panics into answers, and logs one line when it is over.
func (g *Gate) Enter(c *fiber.Ctx) error {
	start := time.Now()
	g.Metrics.Begin()
	defer g.Metrics.End()
	leave, room := g.acquireSlot(c)
	defer leave()
	g.SetHeaders(c)
	ctx, cancel := context.WithTimeout(c.UserContext(), deadline)
	defer cancel()
	c.SetUserContext(g.traced(ctx, c))
	lowerType(&c.Request().Header)
	err := g.admit(c, room)
	if err == nil {
		err = recoverPanic(c)
	}
	if err != nil {
		err = c.App().ErrorHandler(c, err)
	}
	if room { // without any it would cost more than the rest of the refusal
		compress(c)
	}
	g.finish(c, start)
	return err
}

// acquireSlot finds the request a place and returns how to leave it. Health checks
// need none, or a replica that has much to do would be taken for a dead one.
func (g *Gate) acquireSlot(c *fiber.Ctx) (leave func(), found bool) {
	if path := c.Path(); path == "/health" || path == "/health/live" {
		return func() {}, true
	}
	select {
	case g.slots <- struct{}{}:
		return g.releaseSlot, true
	default:
	}
	defer g.waiting.Add(-1)
	if g.waiting.Add(1) > maxWaiting {
		return func() {}, false
	}
	patience := time.NewTimer(maxWait)
	defer patience.Stop()
	select {
	case g.slots <- struct{}{}:
		return g.releaseSlot, true
	case <-patience.C:
		return func() {}, false
	}
}

func (g *Gate) releaseSlot() { <-g.slots }

// RespondUnrouted gives a refused request its headers; answer gives the rest. One that
// Enter never saw, since the server below refused to read it on (413, 431, a
// broken request line), gets its log line here too.
func (g *Gate) RespondUnrouted(c *fiber.Ctx, answer func() error) error {
	start, entered := time.Now(), From(c) != nil
	g.SetHeaders(c)
	err := answer()
	if !entered {
		g.finish(c, start)
	}
	return err
}

// recoverPanic calls the next handlers; a panic becomes an error with its stack.
func recoverPanic(c *fiber.Ctx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			slog.LogAttrs(c.UserContext(), slog.LevelError, "panic", slog.String("panic", fmt.Sprint(p)), telemetry.Stack())
			err = &fault.Error{Code: "internal", Err: telemetry.Recovered(p)}
		}
	}()
	return c.Next()
}

// admit refuses what no handler should see, and whom there is no room for.
func (g *Gate) admit(c *fiber.Ctx, room bool) error {
	if !room {
		return Overloaded
	}
	if encoded(&c.Request().Header) {
		return &fault.Error{Kind: fault.Unsupported, Code: "unsupported_media_type", Message: "Send the body uncompressed, without Content-Encoding."}
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

// Secure redirects to https what a trusted proxy says came by http (ASVS
// 12.2.1). A direct request is served: health checks come that way.
func (g *Gate) Secure(c *fiber.Ctx) error {
	if !g.Production || !g.cookies.secure || !g.trusts(c) || !forwardedHTTP(c) {
		return c.Next()
	}
	target := c.OriginalURL()
	if !strings.HasPrefix(target, "/") { // a whole address in place of a path
		return fiber.ErrBadRequest
	}
	return c.Redirect(From(c).Absolute(target), fiber.StatusPermanentRedirect)
}

// forwardedHTTP reads X-Forwarded-Proto from the right, as gate.ClientAddr reads
// addresses: what stands left of the last value, a client may have written.
func forwardedHTTP(c *fiber.Ctx) bool {
	lines := c.Request().Header.PeekAll(fiber.HeaderXForwardedProto)
	if len(lines) == 0 {
		return false
	}
	last := string(lines[len(lines)-1])
	return strings.EqualFold(strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:]), "http")
}

// finish counts the request and logs its line.
func (g *Gate) finish(c *fiber.Ctx, start time.Time) {
	took, route, status := time.Since(start), g.route(c), c.Response().StatusCode()
	g.Metrics.Count(route, method(c), status, took)
	From(c).endSpan(method(c), route, status)
	level := slog.LevelInfo
	switch {
	case status == fiber.StatusServiceUnavailable:
		level = slog.LevelWarn
	case status >= fiber.StatusInternalServerError:
		level = slog.LevelError
	}
	// The path without its query: a query may hold a one-time token.
	slog.LogAttrs(c.UserContext(), level, "request",
		slog.String("method", c.Method()), slog.String("path", c.Path()), slog.String("route", route),
		slog.Int("status", status), slog.Int("bytes", length(c.Response())),
		slog.Duration("duration", took), slog.String("ip", From(c).scope.Request.Addr.String()))
}
