package rig

import (
	"testing"
	"time"

	"stoa/platform/waittest"
)

// Patience is how long a test waits for something that must come. It is long
// because the machine may be busy; whatever works comes much sooner.
const Patience = 90 * time.Second

// Promptly is the bound for what must be quick: seconds on paper, and several
// times that on a busy machine. What hangs is far above it.
const Promptly = Patience / 9

// Await returns as soon as holds reports true, and ends the test when it has
// not done so in time. what completes "waited for".
func Await(t testing.TB, what string, holds func() bool) {
	t.Helper()
	if !waittest.Within(Patience, holds) {
		t.Fatalf("waited %s for %s", Patience, what)
	}
}
