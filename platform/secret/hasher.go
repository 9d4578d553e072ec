package secret

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"time"

	"golang.org/x/crypto/bcrypt"

	"stoa/platform/fault"
	"stoa/platform/workers"
)

const (
	maxWaiting = 64               // callers that may wait for a worker
	maxWait    = 10 * time.Second // for a worker
	retryAfter = 5 * time.Second  // half a full queue later
)

// Hasher makes and compares password hashes (bcrypt) on workers of the lowest
// priority, so that a storm of sign-ins leaves the processors to pages.
type Hasher struct {
	HasherConfig
	dummy   string
	workers *workers.Pool

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

		dummy: isMismatch(c.Cost),
		workers: workers.New(workers.Config{
			Workers: workers.PerProcessor(), MaxWaiting: maxWaiting, MaxWait: maxWait,
		}),
		generate: bcrypt.GenerateFromPassword,
		compare:  bcrypt.CompareHashAndPassword,
	}
}

// Close lets no further caller in and returns when the hashes under way are
// done. Those who wait are refused as when the queue is full.
func (h *Hasher) Close() { h.workers.Close() }

// Hash returns the bcrypt hash of the password, of any length. It refuses with
// the Unavailable fault busy when too many wait already, after 10 s, or when
// the context ends first; then nothing has been hashed.
func (h *Hasher) Hash(ctx context.Context, password string) (hash string, err error) {
	refused := h.run(ctx, func() {
		var b []byte
		b, err = h.generate(prehash(password), h.Cost)
		hash = string(b)
	})
	return hash, errors.Join(refused, err)
}

// Compare reports whether hash was made of the password, and whether it is
// stale: of another cost than the Hasher's. It refuses as Hash does. For "",
// the hash of nobody, it takes the time of any other hash of this cost and
// reports false, so that nobody can tell by the clock who has an account.
func (h *Hasher) Compare(ctx context.Context, hash, password string) (ok, stale bool, err error) {
	if hash == "" {
		hash = h.dummy
	}
	cost, err := bcrypt.Cost([]byte(hash))
	if err != nil {
		return false, false, err
	}
	refused := h.run(ctx, func() { err = h.compare([]byte(hash), prehash(password)) })
	if errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
		return false, false, nil
	}
	if err = errors.Join(refused, err); err != nil {
		return false, false, err
	}
	return true, cost != h.Cost, nil
}

func (h *Hasher) run(ctx context.Context, job func()) error {
	if err := h.workers.Do(ctx, job); err != nil {
		return overloaded(err)
	}
	return nil
}

func overloaded(cause error) error {
	return &fault.Error{
		Kind: fault.Unavailable, Code: "busy", Message: "Many people are signing in just now. Try again in a few seconds.",
		RetryAfter: retryAfter, Err: cause,
	}
}

// prehash makes 44 characters of a password of any length: bcrypt looks at 72
// bytes only, and stops at a NUL. The key is no secret, since losing or
// changing it would lock everybody out; it makes these hashes differ from plain
// SHA-256 ones that leaked elsewhere, which could be tried here otherwise
// ("password shucking").
func prehash(password string) []byte {
	mac := hmac.New(sha256.New, []byte("stoa password v1"))
	mac.Write([]byte(password))
	return base64.StdEncoding.AppendEncode(nil, mac.Sum(nil))
}

// bcrypt64 is bcrypt's own alphabet.
var bcrypt64 = base64.NewEncoding("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789").WithPadding(base64.NoPadding)

// isMismatch returns a bcrypt hash of the cost that no known password has: a
// random salt and a random result. Comparing with it is the whole work of
// bcrypt, and to make it costs nothing.
func isMismatch(cost int) string {
	random := make([]byte, 16+23)
	rand.Read(random)
	head := []byte{'$', '2', 'a', '$', '0' + byte(cost/10), '0' + byte(cost%10), '$'}
	head = bcrypt64.AppendEncode(head, random[:16])
	return string(bcrypt64.AppendEncode(head, random[16:]))
}
