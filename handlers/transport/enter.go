package transport

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/gofiber/fiber/v2"

	"stoa/platform/fault"
	"stoa/platform/pg"
	"stoa/platform/telemetry"
)

// deadline limits the time of a whole request. Single statements have shorter
// timeouts. It is longer than the longest wait for a password hash.
const deadline = 20 * time.Second

// Enter is the first middleware. It gives the request an id, a slot and a
// deadline, converts errors and panics to responses, and logs one line at the
// end.
func (t *Transport) Enter(c *fiber.Ctx) error {
	if From(c) != nil { // the request shows another page than its own
		return c.Next()
	}
	start := time.Now()
	t.Metrics.Begin()
	defer t.Metrics.End()
	release, hasSlot := t.acquireSlot(c)
	defer release()
	t.setHeaders(c)
	ctx, cancel := context.WithDeadline(pg.ForRequest(c.UserContext(), start), start.Add(deadline))
	defer cancel()
	c.SetUserContext(t.startSpan(ctx, c))
	lowerType(&c.Request().Header)
	err := t.admit(c, hasSlot)
	if err == nil {
		err = recoverPanic(c)
	}
	if err != nil {
		err = c.App().ErrorHandler(c, err)
	}
	if hasSlot { // without a slot, compression would cost more than the rest of the response
		compress(c)
	}
	t.finish(c, start)
	return err
}

// RespondUnrouted sets the headers of the response to a failed request, then
// calls respond. A request that fasthttp refused to read (413, 431, an invalid
// request line) never reached Enter and gets its log line here.
func (t *Transport) RespondUnrouted(c *fiber.Ctx, respond func() error) error {
	start, entered := time.Now(), From(c) != nil
	t.setHeaders(c)
	err := respond()
	if !entered {
		t.finish(c, start)
	}
	return err
}

// recoverPanic calls the next handler and converts a panic to an error with its
// stack.
func recoverPanic(c *fiber.Ctx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			slog.LogAttrs(c.UserContext(), slog.LevelError, "panic", slog.String("panic", fmt.Sprint(p)), telemetry.Stack())
			err = &fault.Error{Code: "internal", Err: telemetry.Recovered(p)}
		}
	}()
	return c.Next()
}
