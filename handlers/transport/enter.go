package transport

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/gofiber/fiber/v2"

	"stoa/platform/fault"
	"stoa/platform/telemetry"
)

// deadline bounds all work of one request; single statements have shorter ones
// of their own. It leaves room for a full wait for the password hash.
const deadline = 20 * time.Second

// Enter is the first middleware: it names the request, bounds its time, turns
// errors and panics into answers, and logs one line when it is over.
func (t *Transport) Enter(c *fiber.Ctx) error {
	start := time.Now()
	t.Metrics.Begin()
	defer t.Metrics.End()
	leave, room := t.acquireSlot(c)
	defer leave()
	t.SetHeaders(c)
	ctx, cancel := context.WithTimeout(c.UserContext(), deadline)
	defer cancel()
	c.SetUserContext(t.startSpan(ctx, c))
	lowerType(&c.Request().Header)
	err := t.admit(c, room)
	if err == nil {
		err = recoverPanic(c)
	}
	if err != nil {
		err = c.App().ErrorHandler(c, err)
	}
	if room { // without any it would cost more than the rest of the refusal
		compress(c)
	}
	t.finish(c, start)
	return err
}

// RespondUnrouted gives a refused request its headers; answer gives the rest. One that
// Enter never saw, since the server below refused to read it on (413, 431, a
// broken request line), gets its log line here too.
func (t *Transport) RespondUnrouted(c *fiber.Ctx, answer func() error) error {
	start, entered := time.Now(), From(c) != nil
	t.SetHeaders(c)
	err := answer()
	if !entered {
		t.finish(c, start)
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
