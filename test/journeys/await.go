package journeys

import (
	"testing"
	"time"

	"stoa/platform/waittest"
)

// patience is how long a test waits for something that must come. It is long
// because the machine may be busy; whatever works comes much sooner.
const patience = 90 * time.Second

// promptly is the bound for what must be quick: seconds on paper, and several
// times that on a busy machine. What hangs is far above it.
const promptly = patience / 9

// Await returns as soon as holds reports true, and ends the test when it has
// not done so in time. what completes "waited for".
func Await(t testing.TB, what string, holds func() bool) {
	t.Helper()
	if !waittest.Within(patience, holds) {
		t.Fatalf("waited %s for %s", patience, what)
	}
}
