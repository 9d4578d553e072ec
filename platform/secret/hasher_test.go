package secret

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/crypto/bcrypt"

	"stoa/platform/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// counted returns a hasher of the lowest cost that counts what it hashes.
func counted(t *testing.T) (h *Hasher, made, compared *atomic.Int32) {
	h, made, compared = NewHasher(bcrypt.MinCost), new(atomic.Int32), new(atomic.Int32)
	t.Cleanup(h.Close)
	h.generate = func(password []byte, cost int) ([]byte, error) {
		made.Add(1)
		return bcrypt.GenerateFromPassword(password, cost)
	}
	h.compare = func(hash, password []byte) error {
		compared.Add(1)
		return bcrypt.CompareHashAndPassword(hash, password)
	}
	return h, made, compared
}

func hash(t *testing.T, h *Hasher, password string) string {
	t.Helper()
	hash, err := h.Hash(t.Context(), password)
	if err != nil {
		t.Fatalf("Hash = %v", err)
	}
	return hash
}

func TestCompare(t *testing.T) {
	h, _, _ := counted(t)
	long := strings.Repeat("a", 100)
	for _, c := range []struct {
		name, password, typed string
		want                  bool
	}{
		{"same", "violet harbour", "violet harbour", true},
		{"other", "violet harbour", "violet harbor", false},
		{"other case", "violet harbour", "Violet harbour", false},
		{"space behind", "violet harbour", "violet harbour ", false},
		{"composed otherwise", "ünder", "u\u0308nder", false},
		{"long", long + "x", long + "x", true},
		{"differs at byte 100", long + "x", long + "y", false},
		{"longer than it", long + "x", long + "xx", false},
		{"128 characters of 4 bytes", strings.Repeat("🐘", 128), strings.Repeat("🐘", 128), true},
		{"differs in the last of 128", strings.Repeat("🐘", 128), strings.Repeat("🐘", 127) + "🦒", false},
		{"NUL inside", "violet\x00harbour", "violet\x00harbour", true},
		{"differs behind a NUL", "violet\x00harbour", "violet\x00hall", false},
		{"empty", "", "", true},
	} {
		ok, stale, err := h.Compare(t.Context(), hash(t, h, c.password), c.typed)
		if ok != c.want || stale || err != nil {
			t.Errorf("%s: Compare = %v, %v, %v, want %v, false, nil", c.name, ok, stale, err, c.want)
		}
	}
}

func TestHash_Salted(t *testing.T) {
	h, _, _ := counted(t)
	if one, two := hash(t, h, "violet"), hash(t, h, "violet"); one == two {
		t.Errorf("Hash gave %s twice", one)
	}
}

func TestCompare_OtherCost(t *testing.T) {
	h, _, _ := counted(t)
	older := NewHasher(bcrypt.MinCost + 1)
	defer older.Close()
	old := hash(t, older, "violet")
	if ok, stale, err := h.Compare(t.Context(), old, "violet"); !ok || !stale || err != nil {
		t.Errorf("Compare = %v, %v, %v, want true, stale", ok, stale, err)
	}
	if ok, stale, err := h.Compare(t.Context(), old, "other"); ok || stale || err != nil {
		t.Errorf("Compare of a wrong one = %v, %v, %v, want false, not stale", ok, stale, err)
	}
}

func TestCompare_NoHash(t *testing.T) {
	h, _, _ := counted(t)
	for _, typed := range []string{"", "violet", h.dummy} {
		if ok, stale, err := h.Compare(t.Context(), "", typed); ok || stale || err != nil {
			t.Errorf("Compare with nobody's hash = %v, %v, %v, want false", ok, stale, err)
		}
	}
}

func TestCompare_MalformedHash(t *testing.T) {
	h, _, compared := counted(t)
	for _, hash := range []string{"x", "$2a$12$", strings.Repeat("x", 60)} {
		if ok, _, err := h.Compare(t.Context(), hash, "violet"); ok || err == nil {
			t.Errorf("Compare(%q) = %v, %v, want an error", hash, ok, err)
		}
	}
	if n := compared.Load(); n > 1 {
		t.Errorf("%d comparisons of malformed hashes", n)
	}
}

// What a caller could measure: every way through does bcrypt once, with the
// same cost, an account or none.
func TestHasher_OneBcryptEach(t *testing.T) {
	h, made, compared := counted(t)
	known := hash(t, h, "violet")
	if made.Load() != 1 || compared.Load() != 0 {
		t.Fatalf("Hash made %d hashes and %d comparisons, want 1, 0", made.Load(), compared.Load())
	}
	for name, c := range map[string][2]string{
		"right": {known, "violet"}, "wrong": {known, "other"}, "nobody": {"", "violet"}, "nobody again": {"", "other"},
	} {
		made.Store(0)
		compared.Store(0)
		if _, _, err := h.Compare(t.Context(), c[0], c[1]); err != nil {
			t.Fatalf("Compare = %v", err)
		}
		if made.Load() != 0 || compared.Load() != 1 {
			t.Errorf("%s: %d hashes and %d comparisons, want 0, 1", name, made.Load(), compared.Load())
		}
	}
}

// The hash of nobody must be one that bcrypt works on to the end.
func TestUnmatched(t *testing.T) {
	for _, cost := range []int{4, 10, 12, 15} {
		dummy := []byte(unmatched(cost))
		if got, err := bcrypt.Cost(dummy); got != cost || err != nil || len(dummy) != 60 {
			t.Errorf("unmatched(%d) = %s: cost %d, %v", cost, dummy, got, err)
		}
	}
	if err := bcrypt.CompareHashAndPassword([]byte(unmatched(4)), []byte("x")); !errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
		t.Errorf("comparing with unmatched(4) = %v, want a mismatch", err)
	}
	if unmatched(4) == unmatched(4) {
		t.Error("unmatched gives the same twice")
	}
}

// held returns a hasher whose every worker is held fast until release.
func held(t *testing.T) (h *Hasher, release func(), hashed *atomic.Int32) {
	h, hashed = NewHasher(bcrypt.MinCost), new(atomic.Int32)
	gate := make(chan struct{})
	h.generate = func([]byte, int) ([]byte, error) {
		<-gate
		hashed.Add(1)
		return nil, nil
	}
	return h, sync.OnceFunc(func() { close(gate) }), hashed
}

// fill starts n calls and returns where their errors come.
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
		h, release, hashed := held(t)
		defer h.Close()
		working := fill(t.Context(), h, workers())
		synctest.Wait()
		waiting := fill(t.Context(), h, maxWaiting)
		synctest.Wait()
		_, err := h.Hash(t.Context(), "x")
		wantBusy(t, err)
		release()
		for range workers() {
			wantHash(t, <-working)
		}
		for range maxWaiting {
			wantHash(t, <-waiting)
		}
		if got := int(hashed.Load()); got != workers()+maxWaiting {
			t.Errorf("hashed %d times, want %d", got, workers()+maxWaiting)
		}
	})
}

func TestHash_WaitedTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, release, hashed := held(t)
		defer h.Close()
		working := fill(t.Context(), h, workers())
		synctest.Wait()
		start := time.Now()
		_, err := h.Hash(t.Context(), "x")
		wantBusy(t, err)
		if waited := time.Since(start); waited != maxWait {
			t.Errorf("waited %v, want %v", waited, maxWait)
		}
		release()
		for range workers() {
			wantHash(t, <-working)
		}
		if got := int(hashed.Load()); got != workers() {
			t.Errorf("hashed %d times, want %d: the one that gave up none", got, workers())
		}
	})
}

func TestHash_ContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, release, hashed := held(t)
		defer h.Close()
		working := fill(t.Context(), h, workers())
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
		waiting := fill(t.Context(), h, maxWaiting) // their places are free again
		synctest.Wait()
		release()
		for range workers() {
			wantHash(t, <-working)
		}
		for range maxWaiting {
			wantHash(t, <-waiting)
		}
		if got := int(hashed.Load()); got != workers()+maxWaiting {
			t.Errorf("hashed %d times, want %d", got, workers()+maxWaiting)
		}
	})
}

func TestHash_ContextEndedBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, made, _ := counted(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for range 50 {
			synctest.Wait() // until a worker could take it
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
		h, release, hashed := held(t)
		working := fill(t.Context(), h, workers())
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
			t.Error("Close returned while hashes were under way")
		default:
		}
		release()
		for range workers() {
			wantHash(t, <-working)
		}
		<-closed
		h.Close() // again, and nothing happens
		_, err := h.Hash(t.Context(), "x")
		wantBusy(t, err)
		if got := int(hashed.Load()); got != workers() {
			t.Errorf("hashed %d times, want %d", got, workers())
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

// BenchmarkHasher against BenchmarkBcrypt shows what the queue costs: nothing.
func BenchmarkHasher(b *testing.B) {
	h := NewHasher(10)
	defer h.Close()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			_, _, _ = h.Compare(b.Context(), "", "violet harbour")
		}
	})
}

func BenchmarkBcrypt(b *testing.B) {
	dummy := []byte(unmatched(10))
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			_ = bcrypt.CompareHashAndPassword(dummy, prehash("violet harbour"))
		}
	})
}
