package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"

	"stoa/platform/waittest"
)

func TestGarbageFor(t *testing.T) {
	t.Parallel()
	for live, want := range map[uint64]int{0: 200, 6 << 20: 200, 12 << 20: 100, 48 << 20: 25, 1 << 30: 20} {
		if got := garbageFor(live); got != want {
			t.Errorf("garbageFor(%d MiB) = %d, want %d", live>>20, got, want)
		}
	}
}

// A collection lowers the GC percentage when the live heap has grown, and raises
// it when the heap has shrunk.
func TestLimitGarbage(t *testing.T) {
	before := debug.SetGCPercent(100)
	defer debug.SetGCPercent(before)
	limitGarbage()
	settles := func(want uint64) {
		t.Helper()
		percent := []metrics.Sample{{Name: "/gc/gogc:percent"}}
		waittest.Until(t, "the GC percentage to change", func() bool {
			runtime.GC()
			metrics.Read(percent)
			return percent[0].Value.Uint64() == want
		})
	}
	settles(garbagePercent)
	held := make([]byte, 64<<20)
	settles(garbageFloor)
	runtime.KeepAlive(held)
	settles(garbagePercent)
}
