package journeys

import (
	"fmt"
	"stoa/test/rig"
	"testing"
)

// More sign-ins than the machine can hash: some are refused with Retry-After, none
// fails, and pages of signed-in users are served.
func TestStorm_SignInsBeyondCapacity(t *testing.T) {
	t.Parallel()
	app := rig.Start(t, rig.Wide, rig.Env{"BCRYPT_COST": "12"})
	b, _ := app.RegisterBrowser(t)
	c := app.API(t)
	done := make(chan map[string]int, 1)
	go func() {
		done <- atOnce(100, func(i int) string {
			a := c.TryLogin(fmt.Sprintf("nobody-%d@example.com", i), "seven brass anchors")
			return fmt.Sprintf("%d %s", a.Status, rig.Decode[rig.Problem](a).Code)
		})
	}()
	var got map[string]int
	views := 0
	rig.Await(t, "the end of the sign-ins", func() bool {
		b.Fetch("GET", "/dashboard", nil).Is(200)
		views++
		select {
		case got = <-done:
			return true
		default:
			return false
		}
	})
	if got["503 busy"] == 0 || got["401 invalid_credentials"]+got["503 busy"] != 100 {
		t.Errorf("responses = %v, want 401 and some 503 busy", got)
	}
	if views < 2 {
		t.Error("no page was served during the sign-ins")
	}
}
