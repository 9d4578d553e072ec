package accounts

import (
	"context"
	"errors"
	"testing"

	"stoa/platform/fault"
	"stoa/platform/waittest"
)

var errTooMany = &fault.Error{Kind: fault.TooMany}

// queued begins a try that the limit refuses until the returned channel has
// been closed, and returns when it waits.
func queued(ctx context.Context, t *testing.T, ts *attemptQueue) (outcome chan error, open chan struct{}) {
	t.Helper()
	outcome, open = make(chan error, 1), make(chan struct{})
	before := waitingFor(ts)
	go func() {
		_, err := ts.take(ctx, "key", func() error {
			select {
			case <-open:
				return nil
			default:
				return errTooMany
			}
		})
		outcome <- err
	}()
	waittest.Until(t, "the refused try to wait", func() bool { return waitingFor(ts) != before })
	return outcome, open
}

func waitingFor(ts *attemptQueue) int {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if now := ts.keys["key"]; now != nil {
		return len(now.waiting)
	}
	return 0
}

func allowed() error { return nil }

func TestTurns_NobodyLeftToWaitFor(t *testing.T) {
	t.Parallel()
	ts := &attemptQueue{}
	if _, err := ts.take(t.Context(), "key", func() error { return errTooMany }); !errors.Is(err, errTooMany) {
		t.Errorf("take alone = %v, want the refusal", err)
	}
	end, err := ts.take(t.Context(), "key", allowed)
	if err != nil {
		t.Fatal(err)
	}
	first, _ := queued(t.Context(), t, ts)
	second, _ := queued(t.Context(), t, ts)
	end(false)
	if err1, err2 := <-first, <-second; !errors.Is(err1, errTooMany) || !errors.Is(err2, errTooMany) {
		t.Errorf("take behind a failure = %v, %v, want the refusal", err1, err2)
	}
	if len(ts.keys) != 0 {
		t.Errorf("%d accounts are remembered, want none", len(ts.keys))
	}
}

// Whoever stops waiting passes on what they were given.
func TestTurns_GivenUp(t *testing.T) {
	t.Parallel()
	ts := &attemptQueue{}
	end, err := ts.take(t.Context(), "key", allowed)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	gone, _ := queued(ctx, t, ts)
	patient, open := queued(t.Context(), t, ts)
	cancel()
	if err := <-gone; !errors.Is(err, errTooMany) {
		t.Errorf("take of somebody who left = %v, want the refusal", err)
	}
	close(open)
	end(true)
	if err := <-patient; err != nil {
		t.Errorf("take behind a try that was given back = %v, want in", err)
	}
}
