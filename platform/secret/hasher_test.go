package secret

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/crypto/bcrypt"

	"stoa/platform/fault"
	"stoa/platform/workers"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patient returns a hasher that makes no hash a second time, however busy the machine is.
func patient(t *testing.T, cost int) *Hasher {
	h := NewHasher(HasherConfig{Cost: cost})
	h.workers.Close()
	h.workers = workers.New(workers.Config{
		Workers: workers.PerProcessor(), MaxWaiting: maxWaiting, MaxWait: time.Hour, Patience: time.Hour, Turn: turn,
	})
	t.Cleanup(h.Close)
	return h
}

// counted returns a hasher of the lowest cost, which counts its hashes and
// comparisons.
func counted(t *testing.T) (h *Hasher, made, compared *atomic.Int32) {
	h, made, compared = patient(t, bcrypt.MinCost), new(atomic.Int32), new(atomic.Int32)
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
		{"space at the end", "violet harbour", "violet harbour ", false},
		{"other normalization", "ünder", "u\u0308nder", true},
		{"long", long + "x", long + "x", true},
		{"differs at byte 100", long + "x", long + "y", false},
		{"longer", long + "x", long + "xx", false},
		{"128 characters of 4 bytes", strings.Repeat("🐘", 128), strings.Repeat("🐘", 128), true},
		{"differs in the last of 128", strings.Repeat("🐘", 128), strings.Repeat("🐘", 127) + "🦒", false},
		{"NUL inside", "violet\x00harbour", "violet\x00harbour", true},
		{"differs after a NUL", "violet\x00harbour", "violet\x00hall", false},
		{"empty", "", "", true},
	} {
		ok, stale, err := h.Compare(t.Context(), hash(t, h, c.password), c.typed)
		if ok != c.want || stale || err != nil {
			t.Errorf("%s: Compare = %v, %v, %v, want %v, false, nil", c.name, ok, stale, err, c.want)
		}
	}
}

// A call whose context has ended computes no hash.
func TestHash_Busy(t *testing.T) {
	h, made, compared := counted(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, errHash := h.Hash(ctx, "violet")
	_, _, errCompare := h.Compare(ctx, "", "violet")
	for name, err := range map[string]error{"Hash": errHash, "Compare": errCompare} {
		e := fault.As(err)
		if e == nil || e.Kind != fault.Unavailable || e.Code != "busy" || e.RetryAfter <= 0 {
			t.Errorf("%s = %v, want busy with RetryAfter", name, err)
		}
	}
	if made.Load() != 0 || compared.Load() != 0 {
		t.Errorf("%d hashes and %d comparisons, want none", made.Load(), compared.Load())
	}
}

func TestHash_Salted(t *testing.T) {
	h, _, _ := counted(t)
	if one, two := hash(t, h, "violet"), hash(t, h, "violet"); one == two {
		t.Errorf("Hash returned %s twice", one)
	}
}

func TestCompare_OtherCost(t *testing.T) {
	h, _, _ := counted(t)
	older := NewHasher(HasherConfig{Cost: bcrypt.MinCost + 1})
	defer older.Close()
	old := hash(t, older, "violet")
	if ok, stale, err := h.Compare(t.Context(), old, "violet"); !ok || !stale || err != nil {
		t.Errorf("Compare = %v, %v, %v, want true, stale", ok, stale, err)
	}
	if ok, stale, err := h.Compare(t.Context(), old, "other"); ok || stale || err != nil {
		t.Errorf("Compare of a wrong password = %v, %v, %v, want false, not stale", ok, stale, err)
	}
}

func TestCompare_NoHash(t *testing.T) {
	h, _, _ := counted(t)
	for _, typed := range []string{"", "violet", h.dummy} {
		if ok, stale, err := h.Compare(t.Context(), "", typed); ok || stale || err != nil {
			t.Errorf("Compare without a hash = %v, %v, %v, want false", ok, stale, err)
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

// Hash and Compare run bcrypt once each, at the same cost, with and without an
// account, so that the response time is the same.
func TestHasher_OneBcryptEach(t *testing.T) {
	h, made, compared := counted(t)
	known := hash(t, h, "violet")
	if made.Load() != 1 || compared.Load() != 0 {
		t.Fatalf("Hash made %d hashes and %d comparisons, want 1, 0", made.Load(), compared.Load())
	}
	for name, c := range map[string][2]string{
		"right": {known, "violet"}, "wrong": {known, "other"}, "no account": {"", "violet"}, "no account, another password": {"", "other"},
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

// bcrypt must accept the dummy hash, so that the comparison takes its full time.
func TestDummyHash(t *testing.T) {
	for _, cost := range []int{4, 10, 12, 15} {
		dummy := []byte(dummyHash(cost))
		if got, err := bcrypt.Cost(dummy); got != cost || err != nil || len(dummy) != 60 {
			t.Errorf("dummyHash(%d) = %s: cost %d, %v", cost, dummy, got, err)
		}
	}
	if err := bcrypt.CompareHashAndPassword([]byte(dummyHash(4)), []byte("x")); !errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
		t.Errorf("comparison with dummyHash(4) = %v, want a mismatch", err)
	}
	if dummyHash(4) == dummyHash(4) {
		t.Error("dummyHash returned the same hash twice")
	}
}

// The difference between BenchmarkHasher and BenchmarkBcrypt is the cost of the
// queue: none.
func BenchmarkHasher(b *testing.B) {
	h := NewHasher(HasherConfig{Cost: 10})
	defer h.Close()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			_, _, _ = h.Compare(b.Context(), "", "violet harbour")
		}
	})
}

func BenchmarkBcrypt(b *testing.B) {
	dummy := []byte(dummyHash(10))
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			_ = bcrypt.CompareHashAndPassword(dummy, prehash("violet harbour"))
		}
	})
}

// An ö is one character on some keyboards and two on others.
func TestHasher_NormalForms(t *testing.T) {
	t.Parallel()
	h, _, compared := counted(t)
	const composed, decomposed = "sch\u00f6ne alte W\u00f6rter", "scho\u0308ne alte Wo\u0308rter"
	early, err := bcrypt.GenerateFromPassword(prehash(decomposed), h.Cost) // as earlier releases made it
	if err != nil {
		t.Fatal(err)
	}
	made, err := h.Hash(t.Context(), decomposed)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		hash, password string
		want, stale    bool
	}{{made, composed, true, false}, {made, decomposed, true, false}, {string(early), decomposed, true, true}, {made, "scho\u0308ne alte Worter", false, false}} {
		if ok, stale, err := h.Compare(t.Context(), tt.hash, tt.password); ok != tt.want || stale != tt.stale || err != nil {
			t.Errorf("Compare(%q) = %v, %v, %v, want %v, %v", tt.password, ok, stale, err, tt.want, tt.stale)
		}
	}
	if n := compared.Load(); n != 6 { // two for each password that does not match in NFC, and differs from it
		t.Errorf("%d comparisons, want 6", n)
	}
}

// The work of a comparison is 2^cost rounds.
func TestCompare_SameWorkForEveryStoredCost(t *testing.T) {
	t.Parallel()
	stored := map[string]string{"unknown": ""}
	for name, cost := range map[string]int{"lower": bcrypt.MinCost, "same": bcrypt.MinCost + 2, "higher": bcrypt.MinCost + 3} {
		made, err := bcrypt.GenerateFromPassword(prehash("violet harbour"), cost)
		if err != nil {
			t.Fatal(err)
		}
		stored[name] = string(made)
	}
	h := patient(t, bcrypt.MinCost+2)
	var rounds atomic.Int64
	h.compare = func(hash, password []byte) error {
		cost, err := bcrypt.Cost(hash)
		if err != nil {
			t.Errorf("%q: %v", hash, err)
		}
		rounds.Add(1 << cost)
		return bcrypt.CompareHashAndPassword(hash, password)
	}
	work := func(name string) int64 {
		rounds.Store(0)
		if _, _, err := h.Compare(t.Context(), stored[name], "another harbour"); err != nil {
			t.Fatal(err)
		}
		return rounds.Load()
	}
	for _, name := range []string{"unknown", "lower", "same"} {
		if got := work(name); got != 1<<(bcrypt.MinCost+2) {
			t.Errorf("%s: %d rounds, want those of the setting", name, got)
		}
	}
	work("higher") // from now on the setting is lower than a stored cost
	for name := range stored {
		if got := work(name); got != 1<<(bcrypt.MinCost+3) {
			t.Errorf("%s: %d rounds after a higher cost was seen", name, got)
		}
	}
}
