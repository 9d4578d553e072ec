package transport

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"stoa/platform/fault"
)

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
var Overloaded = fault.Busy("Too many ask at the same time. Try again in a few seconds.", overloadRetryAfter, nil)

// acquireSlot finds the request a place and returns how to leave it. Health checks
// need none, or a replica that has much to do would be taken for a dead one.
func (t *Transport) acquireSlot(c *fiber.Ctx) (leave func(), found bool) {
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
	patience := time.NewTimer(maxWait)
	defer patience.Stop()
	select {
	case t.slots <- struct{}{}:
		return t.releaseSlot, true
	case <-patience.C:
		return func() {}, false
	}
}

func (t *Transport) releaseSlot() { <-t.slots }
