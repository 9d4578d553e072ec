package limit

import (
	"hash/maphash"
	"sync"
	"time"
)

const (
	maxDenied  = 100_000     // keys, in 4.5 MB
	sweepEvery = time.Second // shortest time between two sweeps
)

// deniedCache has the keys that are over their limit and the ends of their windows,
// so that a flood of refused calls costs no query. The cache may remove any key: the
// database then refuses the next call.
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

// denied reports whether the key is over its limit, and for how long.
func (c *deniedCache) denied(key string) (time.Duration, bool) {
	hash, now := maphash.String(c.seed, key), time.Since(c.start)
	c.mu.Lock()
	defer c.mu.Unlock()
	until, known := c.until[hash]
	if known && until <= now {
		delete(c.until, hash)
	}
	return until - now, until > now
}

// deny adds the key for the duration wait. The map has hashes, so that keys of any
// length need the same space. The seed is random, so that a client cannot choose a
// key that collides with another one.
func (c *deniedCache) deny(key string, wait time.Duration) {
	hash, now := maphash.String(c.seed, key), time.Since(c.start)
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.until) >= c.size {
		c.evict(now)
	}
	c.until[hash] = now + wait
}

// evict removes the keys with ended windows. If the cache is still full, it removes
// arbitrary keys until there is space for one.
func (c *deniedCache) evict(now time.Duration) {
	if now-c.swept >= sweepEvery {
		c.swept = now
		for hash, until := range c.until {
			if until <= now {
				delete(c.until, hash)
			}
		}
	}
	for hash := range c.until {
		if len(c.until) < c.size {
			return
		}
		delete(c.until, hash)
	}
}
