package secret

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/bcrypt"
	"golang.org/x/text/unicode/norm"

	"stoa/platform/fault"
	"stoa/platform/workers"
)

const (
	maxWaiting = 64                     // callers that may wait for a worker
	maxWait    = 10 * time.Second       // for a worker
	patience   = 500 * time.Millisecond // until a hash that gets no processor time is made again
	turn       = 100 * time.Millisecond // until one worker of the usual priority helps
	retryAfter = 5 * time.Second        // about the time in which half of a full queue is processed
)

// Hasher makes and compares password hashes (bcrypt) on workers of the lowest
// priority, so that many concurrent sign-ins do not slow down other requests. Users,
// and browsers in which the account was signed in before, have half of the turns and
// of the places in the queue, however many clients wait.
type Hasher struct {
	HasherConfig
	dummy   string
	workers *workers.Pool

	highest atomic.Int32 // cost that was seen; no mutex, which a worker without processor time would hold

	generate func(password []byte, cost int) ([]byte, error)
	compare  func(hash, password []byte) error
}

// HasherConfig is what a Hasher needs.
type HasherConfig struct {
	Cost int // of bcrypt
}

// NewHasher returns a Hasher and starts its workers. Close ends them.
func NewHasher(c HasherConfig) *Hasher {
	return &Hasher{
		HasherConfig: c,

		dummy: dummyHash(c.Cost),
		workers: workers.New(workers.Config{
			Workers: workers.PerProcessor(), MaxWaiting: maxWaiting, MaxWait: maxWait, Patience: patience, Turn: turn,
		}),
		generate: bcrypt.GenerateFromPassword,
		compare:  bcrypt.CompareHashAndPassword,
	}
}

// Close refuses new and waiting calls with the fault busy, and returns when the
// running ones are done.
func (h *Hasher) Close() { h.workers.Close() }

// Hash returns the bcrypt hash of the password, which may have any length, in the
// normal form NFC: keyboards write ö as one character or as two. It returns the
// Unavailable fault busy when the queue is full, after a wait of 10 s, or when the
// context ends first.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	type result struct {
		hash []byte
		err  error
	}
	made, err := workers.Do(ctx, h.workers, func() (r result) {
		r.hash, r.err = h.generate(prehash(norm.NFC.String(password)), h.Cost)
		return r
	})
	if err != nil {
		return "", overloaded(err)
	}
	return string(made.hash), made.err
}

// Compare reports whether hash is a hash of the password, and whether the hash is
// stale: of another cost than the Hasher's, or of a password that is not in NFC. It
// returns the errors of Hash. The hash "" stands for an unknown account, for which
// Compare reports false. Every comparison takes the time of the highest cost that this
// Hasher has or has seen, so that the response time does not reveal which accounts
// exist. The first hash of a higher cost is the exception, after the cost was lowered.
func (h *Hasher) Compare(ctx context.Context, hash, password string) (ok, stale bool, err error) {
	if hash == "" {
		hash = h.dummy
	}
	cost, err := bcrypt.Cost([]byte(hash))
	if err != nil {
		return false, false, err
	}
	got, err := workers.Do(ctx, h.workers, func() comparison { return h.compareForms([]byte(hash), password, cost) })
	switch {
	case err != nil:
		return false, false, overloaded(err)
	case errors.Is(got.err, bcrypt.ErrMismatchedHashAndPassword):
		return false, false, nil
	case got.err != nil:
		return false, false, got.err
	}
	return true, got.asTyped || cost != h.Cost, nil
}

// comparison is the result of compareForms.
type comparison struct {
	err     error
	asTyped bool // the hash is of a password that is not in NFC
}

// compareForms compares the password in the normal form NFC and, if it differs, as it
// was typed: hashes of earlier releases are of that form.
func (h *Hasher) compareForms(hash []byte, password string, cost int) comparison {
	composed := norm.NFC.String(password)
	err := h.comparePadded(hash, prehash(composed), cost)
	if err == nil || composed == password {
		return comparison{err: err}
	}
	err = h.comparePadded(hash, prehash(password), cost)
	return comparison{err: err, asTyped: err == nil}
}

// comparePadded compares a hash of that cost in the time of the highest cost that
// this Hasher has or has seen. Each step of the cost doubles the time, so comparisons
// at the costs from this one up to the one below the highest add exactly what is
// missing.
func (h *Hasher) comparePadded(hash, password []byte, cost int) error {
	highest := h.raise(cost)
	err := h.compare(hash, password)
	for ; cost < highest; cost++ {
		_ = h.compare([]byte(dummyHash(cost)), password)
	}
	return err
}

// raise returns the highest cost so far. The cost of an unknown account follows it
// after BCRYPT_COST was lowered.
func (h *Hasher) raise(cost int) int {
	for {
		before := h.highest.Load()
		highest := max(before, int32(cost), int32(h.Cost))
		if h.highest.CompareAndSwap(before, highest) {
			return int(highest)
		}
	}
}

func overloaded(cause error) error {
	return fault.Busy("Many people are signing in just now. Try again in a few seconds.", retryAfter, cause)
}

// prehash returns 44 characters for a password of any length: bcrypt ignores the
// bytes after the 72nd, and those after a NUL. The key is a constant and not secret:
// if a secret key were lost or changed, no user could sign in. It makes these hashes
// differ from plain SHA-256 hashes. Otherwise an attacker could try hashes that
// leaked elsewhere ("password shucking").
func prehash(password string) []byte {
	mac := hmac.New(sha256.New, []byte("stoa password v1"))
	mac.Write([]byte(password))
	return base64.StdEncoding.AppendEncode(nil, mac.Sum(nil))
}

// bcrypt64 is base64 with bcrypt's alphabet.
var bcrypt64 = base64.NewEncoding("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789").WithPadding(base64.NoPadding)

// dummyHash returns a bcrypt hash of that cost that matches no known password: a
// random salt and a random result. A comparison with it takes the full time of
// bcrypt. Creating it takes nearly no time.
func dummyHash(cost int) string {
	random := make([]byte, 16+23)
	rand.Read(random)
	head := []byte{'$', '2', 'a', '$', '0' + byte(cost/10), '0' + byte(cost%10), '$'}
	head = bcrypt64.AppendEncode(head, random[:16])
	return string(bcrypt64.AppendEncode(head, random[16:]))
}
