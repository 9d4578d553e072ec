package transport

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"stoa/platform/fault"
)

// At most maxConcurrent requests are processed at the same time: more of them
// would slow each other down until none finishes in time. Up to maxWaiting
// further requests, as many as can still be processed in time, wait up to
// maxWait for a slot; all others get 503 immediately. The wait is not shorter,
// because a client that is refused immediately retries immediately, and such
// retries take time from the requests being processed. Sign-ins that wait for
// their password hash use at most 64 slots.
const (
	maxConcurrent      = 256
	maxWaiting         = 1024
	maxWait            = 500 * time.Millisecond
	overloadRetryAfter = 2 * time.Second
)

// Overloaded is the error of a request that gets no slot, or no connection to the
// database.
var Overloaded = fault.Busy("Too many ask at the same time. Try again in a few seconds.", overloadRetryAfter, nil)

// acquireSlot waits for a slot and returns the function that releases it.
// Health checks need no slot: otherwise a load balancer would treat a busy
// replica as a failed one.
func (t *Transport) acquireSlot(c *fiber.Ctx) (release func(), ok bool) {
	if path := c.Path(); path == "/health" || path == "/health/live" {
		return func() {}, true
	}
	select {
	case t.slots <- struct{}{}:
		return t.releaseSlot, true
	default:
	}
	defer t.waiting.Add(-1)
	if t.waiting.Add(1) > maxWaiting {
		return func() {}, false
	}
	timeout := time.NewTimer(maxWait)
	defer timeout.Stop()
	select {
	case t.slots <- struct{}{}:
		return t.releaseSlot, true
	case <-timeout.C:
		return func() {}, false
	}
}

func (t *Transport) releaseSlot() { <-t.slots }
