package limit

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

func TestDeniedCache_KeyExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newDeniedCache(10)
		if wait, denied := c.denied("a"); denied {
			t.Fatalf("denied(a) = %v before deny", wait)
		}
		c.deny("a", time.Minute)
		time.Sleep(20 * time.Second)
		if wait, denied := c.denied("a"); !denied || wait != 40*time.Second {
			t.Errorf("denied(a) after 20s of a minute = %v, %v, want 40s, true", wait, denied)
		}
		if _, denied := c.denied("b"); denied {
			t.Error("denied(b) = true, want false")
		}
		time.Sleep(40 * time.Second)
		if wait, denied := c.denied("a"); denied {
			t.Errorf("denied(a) after the window = %v, true, want false", wait)
		}
		if len(c.until) != 0 {
			t.Errorf("the cache has %d keys, want none", len(c.until))
		}
	})
}

func TestDeniedCache_Bounded(t *testing.T) {
	c := newDeniedCache(100)
	for i := range 1000 {
		c.deny(fmt.Sprint(i), time.Hour)
		if len(c.until) > 100 {
			t.Fatalf("the cache has %d keys, want 100 at most", len(c.until))
		}
		if _, denied := c.denied(fmt.Sprint(i)); !denied {
			t.Fatalf("denied(%d) = false just after deny", i)
		}
	}
}

func TestDeniedCache_EvictsExpiredFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newDeniedCache(100)
		for i := range 50 {
			c.deny(fmt.Sprint("long", i), time.Hour)
			c.deny(fmt.Sprint("short", i), time.Second)
		}
		time.Sleep(2 * time.Second)
		for i := range 50 {
			c.deny(fmt.Sprint("new", i), time.Hour)
		}
		for i := range 50 {
			if _, denied := c.denied(fmt.Sprint("long", i)); !denied {
				t.Errorf("denied(long%d) = false, want true: other keys had expired", i)
			}
		}
	})
}
