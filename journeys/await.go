package journeys

import (
	"testing"
	"time"
)

// patience is how long a test waits for something that must come. It is long
// because the machine may be busy; whatever works comes much sooner.
const patience = 30 * time.Second

// promptly is the bound for what must be quick: seconds on paper, and several
// times that on a busy machine. What hangs is far above it.
const promptly = patience / 3

// Await returns as soon as holds reports true, and ends the test when it has
// not done so in time. what completes "waited for".
func Await(t testing.TB, what string, holds func() bool) {
	t.Helper()
	if !await(patience, holds) {
		t.Fatalf("waited %s for %s", patience, what)
	}
}

// await asks again and again, for at most limit, and reports whether holds did.
func await(limit time.Duration, holds func() bool) bool {
	deadline := time.After(limit)
	tick := time.NewTicker(10 * time.Millisecond)
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
