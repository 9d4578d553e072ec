package gate

import (
	"fmt"
	"math"
	"time"

	"github.com/gofiber/fiber/v2"

	"stoa/platform/fault"
)

// SetLimit tells the client what is left of a limit
// (draft-ietf-httpapi-ratelimit-headers). A limit that is off says nothing.
func SetLimit(c *fiber.Ctx, l fault.Limit) {
	if l.Max == 0 {
		return
	}
	c.Set("RateLimit-Policy", fmt.Sprintf("%q;q=%d;w=%d", l.Name, l.Max, Seconds(l.Window)))
	c.Set("RateLimit", fmt.Sprintf("%q;r=%d;t=%d", l.Name, l.Remaining, Seconds(l.Reset)))
}

// Seconds returns whole seconds, rounded up: a client that waits that long is
// not early.
func Seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }
