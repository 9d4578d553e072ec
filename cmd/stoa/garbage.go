package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// Garbage may be twice what lives, while that is little: a live heap of a few
// MiB would otherwise be collected hundreds of times a second under load. What
// strangers can make the program hold, such as a thousand half-sent requests,
// may not count three times: there it is a fifth, at the price of processor time.
const (
	garbagePercent = 200
	garbageFloor   = 20
	garbageBytes   = 12 << 20 // of a heap between the two
)

// garbageFor returns how much may gather beside that many live bytes, in percent.
func garbageFor(live uint64) int {
	return int(max(garbageFloor, min(garbagePercent, 100*garbageBytes/max(live, 1))))
}

// limitGarbage sets how much garbage gathers, now and after each collection.
func limitGarbage() {
	percent := garbagePercent
	debug.SetGCPercent(percent)
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	var collected func(*mark)
	collected = func(m *mark) {
		metrics.Read(live)
		// Setting it stops the world, so small changes are let be.
		if next := garbageFor(live[0].Value.Uint64()); next*4 < percent*3 || next*3 > percent*4 {
			percent = next
			debug.SetGCPercent(percent)
		}
		runtime.SetFinalizer(m, collected)
	}
	runtime.SetFinalizer(&mark{}, collected)
}

// mark is what nothing refers to: each collection finds it and runs its finalizer.
// Smaller ones may share a block with something that lives.
type mark struct{ _ [16]byte }
