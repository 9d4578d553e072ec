package rig

import (
	"testing"
	"time"

	"stoa/platform/waittest"
)

// Patience is how long a test waits for an event that must happen. It is long
// because the machine may be busy; usually the event happens much sooner.
const Patience = 90 * time.Second

// Await returns as soon as holds reports true. It ends the test when that takes
// longer than Patience. what completes the sentence "waited for".
func Await(t testing.TB, what string, holds func() bool) {
	t.Helper()
	if !waittest.Within(Patience, holds) {
		t.Fatalf("waited %s for %s", Patience, what)
	}
}
