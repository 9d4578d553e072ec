// Package waittest lets tests wait for what happens elsewhere: in another
// goroutine, process or on a server.
package waittest

import (
	"testing"
	"time"
)

const (
	// patience is long because the machine may be busy; what works comes much
	// sooner.
	patience = time.Minute
	pause    = 10 * time.Millisecond // between two looks
)

// Until returns as soon as holds reports true, and ends the test when it has
// not done so in time. what completes "waited for".
func Until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	if !Within(patience, holds) {
		t.Fatalf("waited %s for %s", patience, what)
	}
}

// Within asks again and again, for at most limit, and reports whether holds did.
func Within(limit time.Duration, holds func() bool) bool {
	deadline := time.After(limit)
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for !holds() {
		select {
		case <-deadline:
			return holds()
		case <-tick.C:
		}
	}
	return true
}
