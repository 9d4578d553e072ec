package secret

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/bcrypt"

	"stoa/platform/fault"
	"stoa/platform/workers"
)

// blockedHasher returns a hasher with workers that block until release.
func blockedHasher() (h *Hasher, release func(), hashed *atomic.Int32) {
	h, hashed = NewHasher(HasherConfig{Cost: bcrypt.MinCost}), new(atomic.Int32)
	gate := make(chan struct{})
	h.generate = func([]byte, int) ([]byte, error) {
		<-gate
		hashed.Add(1)
		return nil, nil
	}
	return h, sync.OnceFunc(func() { close(gate) }), hashed
}

// fill starts n calls and returns the channel of their errors.
func fill(ctx context.Context, h *Hasher, n int) <-chan error {
	errs := make(chan error, n)
	for range n {
		go func() {
			_, err := h.Hash(ctx, "x")
			errs <- err
		}()
	}
	return errs
}

func TestHash_QueueFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, release, hashed := blockedHasher()
		defer h.Close()
		working := fill(t.Context(), h, workers.PerProcessor())
		synctest.Wait()
		waiting := fill(t.Context(), h, maxWaiting)
		synctest.Wait()
		_, err := h.Hash(t.Context(), "x")
		wantBusy(t, err)
		release()
		for range workers.PerProcessor() {
			wantHash(t, <-working)
		}
		for range maxWaiting {
			wantHash(t, <-waiting)
		}
		if got := int(hashed.Load()); got != workers.PerProcessor()+maxWaiting {
			t.Errorf("hashed %d times, want %d", got, workers.PerProcessor()+maxWaiting)
		}
	})
}

func TestHash_WaitedTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, release, hashed := blockedHasher()
		defer h.Close()
		working := fill(t.Context(), h, workers.PerProcessor())
		synctest.Wait()
		start := time.Now()
		_, err := h.Hash(t.Context(), "x")
		wantBusy(t, err)
		if waited := time.Since(start); waited != maxWait {
			t.Errorf("waited %v, want %v", waited, maxWait)
		}
		release()
		for range workers.PerProcessor() {
			wantHash(t, <-working)
		}
		if got := int(hashed.Load()); got != workers.PerProcessor() {
			t.Errorf("hashed %d times, want %d: the call that timed out must not hash", got, workers.PerProcessor())
		}
	})
}

func TestHash_ContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, release, hashed := blockedHasher()
		defer h.Close()
		working := fill(t.Context(), h, workers.PerProcessor())
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		left := fill(ctx, h, maxWaiting)
		synctest.Wait()
		cancel()
		for range maxWaiting {
			err := <-left
			wantBusy(t, err)
			if !errors.Is(err, context.Canceled) {
				t.Errorf("Hash = %v, want context.Canceled inside", err)
			}
		}
		waiting := fill(t.Context(), h, maxWaiting) // their slots are free again
		synctest.Wait()
		release()
		for range workers.PerProcessor() {
			wantHash(t, <-working)
		}
		for range maxWaiting {
			wantHash(t, <-waiting)
		}
		if got := int(hashed.Load()); got != workers.PerProcessor()+maxWaiting {
			t.Errorf("hashed %d times, want %d", got, workers.PerProcessor()+maxWaiting)
		}
	})
}

func TestHash_ContextEndedBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, made, _ := counted(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for range 50 {
			synctest.Wait() // until a worker is free
			_, err := h.Hash(ctx, "x")
			wantBusy(t, err)
		}
		if made.Load() != 0 {
			t.Errorf("hashed %d times, want 0", made.Load())
		}
	})
}

func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, release, hashed := blockedHasher()
		working := fill(t.Context(), h, workers.PerProcessor())
		synctest.Wait()
		waiting := fill(t.Context(), h, 3)
		synctest.Wait()
		closed := make(chan struct{})
		go func() { h.Close(); close(closed) }()
		for range 3 {
			wantBusy(t, <-waiting)
		}
		select {
		case <-closed:
			t.Error("Close returned while workers were hashing")
		default:
		}
		release()
		for range workers.PerProcessor() {
			wantHash(t, <-working)
		}
		<-closed
		h.Close() // a second call does nothing
		_, err := h.Hash(t.Context(), "x")
		wantBusy(t, err)
		if got := int(hashed.Load()); got != workers.PerProcessor() {
			t.Errorf("hashed %d times, want %d", got, workers.PerProcessor())
		}
	})
}

func wantHash(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Errorf("Hash = %v, want a hash", err)
	}
}

func wantBusy(t *testing.T, err error) {
	t.Helper()
	e := fault.As(err)
	if e == nil || e.Kind != fault.Unavailable || e.Code != "busy" || e.RetryAfter <= 0 {
		t.Errorf("Hash = %v, want busy with RetryAfter", err)
	}
}
