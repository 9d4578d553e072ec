package limit

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

func TestGate_OpensWhenTheWindowEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newDeniedCache(10)
		if wait, shut := g.shut("a"); shut {
			t.Fatalf("shut(a) = %v before it was closed", wait)
		}
		g.close("a", time.Minute)
		time.Sleep(20 * time.Second)
		if wait, shut := g.shut("a"); !shut || wait != 40*time.Second {
			t.Errorf("shut(a) after 20s of a minute = %v, %v, want 40s, true", wait, shut)
		}
		if _, shut := g.shut("b"); shut {
			t.Error("shut(b) = true, want false")
		}
		time.Sleep(40 * time.Second)
		if wait, shut := g.shut("a"); shut {
			t.Errorf("shut(a) after the window = %v, true, want false", wait)
		}
		if len(g.until) != 0 {
			t.Errorf("the gate remembers %d keys, want none", len(g.until))
		}
	})
}

func TestGate_Bounded(t *testing.T) {
	g := newDeniedCache(100)
	for i := range 1000 {
		g.close(fmt.Sprint(i), time.Hour)
		if len(g.until) > 100 {
			t.Fatalf("the gate remembers %d keys, want 100 at most", len(g.until))
		}
		if _, shut := g.shut(fmt.Sprint(i)); !shut {
			t.Fatalf("shut(%d) = false just after it was closed", i)
		}
	}
}

func TestGate_ForgetsTheEndedFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newDeniedCache(100)
		for i := range 50 {
			g.close(fmt.Sprint("long", i), time.Hour)
			g.close(fmt.Sprint("short", i), time.Second)
		}
		time.Sleep(2 * time.Second)
		for i := range 50 {
			g.close(fmt.Sprint("new", i), time.Hour)
		}
		for i := range 50 {
			if _, shut := g.shut(fmt.Sprint("long", i)); !shut {
				t.Errorf("shut(long%d) = false, want true: others had ended", i)
			}
		}
	})
}
