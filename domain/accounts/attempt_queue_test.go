package accounts

import (
	"context"
	"errors"
	"testing"

	"stoa/platform/fault"
	"stoa/platform/waittest"
)

var errTooMany = &fault.Error{Kind: fault.TooMany}

// queued begins an attempt that the limit refuses until open is closed, and returns
// when the attempt waits.
func queued(ctx context.Context, t *testing.T, q *attemptQueue) (outcome chan error, open chan struct{}) {
	t.Helper()
	outcome, open = make(chan error, 1), make(chan struct{})
	before := waitingFor(q)
	go func() {
		_, err := q.take(ctx, "key", func() error {
			select {
			case <-open:
				return nil
			default:
				return errTooMany
			}
		})
		outcome <- err
	}()
	waittest.Until(t, "the refused attempt to wait", func() bool { return waitingFor(q) != before })
	return outcome, open
}

func waitingFor(q *attemptQueue) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	if now := q.keys["key"]; now != nil {
		return len(now.waiting)
	}
	return 0
}

func allowed() error { return nil }

func TestAttemptQueue_NoActiveAttempt(t *testing.T) {
	t.Parallel()
	q := &attemptQueue{}
	if _, err := q.take(t.Context(), "key", func() error { return errTooMany }); !errors.Is(err, errTooMany) {
		t.Errorf("take without others = %v, want TooMany", err)
	}
	end, err := q.take(t.Context(), "key", allowed)
	if err != nil {
		t.Fatal(err)
	}
	first, _ := queued(t.Context(), t, q)
	second, _ := queued(t.Context(), t, q)
	end(false)
	if err1, err2 := <-first, <-second; !errors.Is(err1, errTooMany) || !errors.Is(err2, errTooMany) {
		t.Errorf("take after a failed attempt = %v, %v, want TooMany", err1, err2)
	}
	if len(q.keys) != 0 {
		t.Errorf("%d accounts have a queue, want none", len(q.keys))
	}
}

// An attempt that stops waiting passes its refund on.
func TestAttemptQueue_Canceled(t *testing.T) {
	t.Parallel()
	q := &attemptQueue{}
	end, err := q.take(t.Context(), "key", allowed)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	canceled, _ := queued(ctx, t, q)
	waiting, open := queued(t.Context(), t, q)
	cancel()
	if err := <-canceled; !errors.Is(err, errTooMany) {
		t.Errorf("take after the cancellation = %v, want TooMany", err)
	}
	close(open)
	end(true)
	if err := <-waiting; err != nil {
		t.Errorf("take after a refund = %v, want nil", err)
	}
}
