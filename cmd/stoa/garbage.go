package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// Beside a small live heap, garbage may grow to twice the size of that heap:
// otherwise the collector would run hundreds of times a second under load.
// Beside a large live heap, garbage may grow to a fifth of it. Anonymous clients
// can enlarge the live heap, for example with a thousand incomplete requests, and
// the memory must not grow to three times that size. More frequent collections
// cost processor time.
const (
	garbagePercent = 200      // of the live heap, at most
	garbageFloor   = 20       // of the live heap, at least
	garbageBytes   = 12 << 20 // between the two, in bytes
)

// garbageFor returns the GC percentage for a live heap of that many bytes.
func garbageFor(live uint64) int {
	return int(max(garbageFloor, min(garbagePercent, 100*garbageBytes/max(live, 1))))
}

// limitGarbage sets the GC percentage, now and after each collection.
func limitGarbage() {
	percent := garbagePercent
	debug.SetGCPercent(percent)
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	var collected func(*mark)
	collected = func(m *mark) {
		metrics.Read(live)
		// SetGCPercent stops the world, so small changes are skipped.
		if next := garbageFor(live[0].Value.Uint64()); next*4 < percent*3 || next*3 > percent*4 {
			percent = next
			debug.SetGCPercent(percent)
		}
		runtime.SetFinalizer(m, collected)
	}
	runtime.SetFinalizer(&mark{}, collected)
}

// mark is an object without references, so that each collection runs its
// finalizer. The tiny allocator may put objects smaller than 16 bytes into one
// block with live objects.
type mark struct{ _ [16]byte }
