package limit

import (
	"hash/maphash"
	"sync"
	"time"
)

const (
	maxRemembered = 100_000     // keys, in 4.5 MB
	sweepEvery    = time.Second // at most
)

// deniedCache remembers which keys are over their limit and until when, so that a
// flood of refused calls costs no query. It is only a memory: forgetting a key
// lets the database refuse it again.
type deniedCache struct {
	mu    sync.Mutex
	size  int
	seed  maphash.Seed
	until map[uint64]time.Duration // since start
	start time.Time
	swept time.Duration
}

func newDeniedCache(size int) *deniedCache {
	return &deniedCache{size: size, seed: maphash.MakeSeed(), until: map[uint64]time.Duration{}, start: time.Now()}
}

// shut reports whether the key is over its limit, and for how long still.
func (g *deniedCache) shut(key string) (time.Duration, bool) {
	hash, now := maphash.String(g.seed, key), time.Since(g.start)
	g.mu.Lock()
	defer g.mu.Unlock()
	until, known := g.until[hash]
	if known && until <= now {
		delete(g.until, hash)
	}
	return until - now, until > now
}

// close remembers the key as over its limit for that long. The map keeps
// hashes, so that keys of any length take the same room; the seed is random,
// so that nobody can choose a key that shuts out another.
func (g *deniedCache) close(key string, wait time.Duration) {
	hash, now := maphash.String(g.seed, key), time.Since(g.start)
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.until) >= g.size {
		g.makeRoom(now)
	}
	g.until[hash] = now + wait
}

// makeRoom forgets the keys whose windows have ended or, when all are still
// open, any one.
func (g *deniedCache) makeRoom(now time.Duration) {
	if now-g.swept >= sweepEvery {
		g.swept = now
		for hash, until := range g.until {
			if until <= now {
				delete(g.until, hash)
			}
		}
	}
	for hash := range g.until {
		if len(g.until) < g.size {
			return
		}
		delete(g.until, hash)
	}
}
