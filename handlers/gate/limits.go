package gate

import (
	"fmt"
	"math"
	"time"

	"github.com/gofiber/fiber/v2"

	"stoa/platform/fault"
)

// SetLimit sets the headers with the state of a limit
// (draft-ietf-httpapi-ratelimit-headers). A limit that is off sets none.
func SetLimit(c *fiber.Ctx, l fault.Limit) {
	if l.Max == 0 {
		return
	}
	c.Set("RateLimit-Policy", fmt.Sprintf("%q;q=%d;w=%d", l.Name, l.Max, Seconds(l.Window)))
	c.Set("RateLimit", fmt.Sprintf("%q;r=%d;t=%d", l.Name, l.Remaining, Seconds(l.Reset)))
}

// Seconds returns whole seconds, rounded up, so that a client that waits this
// long is not too early.
func Seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }
