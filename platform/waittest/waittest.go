// Package waittest waits in tests for a condition that another goroutine, process
// or server fulfils.
package waittest

import (
	"testing"
	"time"
)

const (
	// timeout is long because the machine may be busy. A working test waits much
	// shorter.
	timeout = time.Minute
	// The pause between two checks doubles, because each check takes processor time
	// from the awaited work.
	firstPause = 5 * time.Millisecond
	lastPause  = 80 * time.Millisecond
)

// Until returns as soon as holds returns true. It fails the test after the timeout;
// the message names what it waited for.
func Until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	if !Within(timeout, holds) {
		t.Fatalf("waited %s for %s", timeout, what)
	}
}

// Within calls holds repeatedly, for at most limit, and reports whether it returned
// true.
func Within(limit time.Duration, holds func() bool) bool {
	deadline := time.After(limit)
	for pause := firstPause; !holds(); pause = min(2*pause, lastPause) {
		select {
		case <-deadline:
			return holds()
		case <-time.After(pause):
		}
	}
	return true
}
