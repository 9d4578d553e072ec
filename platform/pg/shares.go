package pg

import (
	"context"
	"fmt"
	"sync"
	"time"

	"stoa/platform/fair"
)

// One owner, such as a user, holds at most a part of the connections: otherwise 30
// requests for one locked row take all of them, and every other user waits.
const (
	shareDivisor = 4 // an owner has a quarter of the connections
	minShare     = 2
	// One request waits for its owner's share for half of the timeout in all, so with
	// the timeout of a statement it ends within 6.5 s.
	shareWaitDivisor = 2
	// maxWaitingEach is the number of an owner's requests that may wait. Each of them
	// occupies one of the server's 256 slots.
	maxWaitingEach = 192
)

// ErrBusy is returned for a request that gets no connection in time because others
// have them. It is Unavailable.
var ErrBusy = fmt.Errorf("others have the connections: %w", context.DeadlineExceeded)

// shares decides which request gets the next connection. A request that has had a
// connection before comes first: it can then finish, and only requests that have
// cost the database nothing are refused. If each query waited by itself, most
// requests of an overloaded server would end after some of their queries. Among
// equals the order is that of fair.Queue.
//
// It is in front of pgxpool, which serves its callers in the order of their arrival.
type shares struct {
	most    int           // connections of one owner
	timeout time.Duration // longest wait for a connection

	mu      sync.Mutex
	free    int // connections that may be acquired
	held    map[fair.Owner]int
	waiting map[fair.Owner]int
	begun   fair.Queue[*waiter] // requests that have had a connection
	fresh   fair.Queue[*waiter]
	waits   Waits
}

// Waits are the waits for connections since the start.
type Waits struct {
	Count   int64
	Time    time.Duration
	GivenUp int64 // without a connection, at once or after a wait
}

// Waits returns the waits so far.
func (db *DB) Waits() Waits {
	db.shares.mu.Lock()
	defer db.shares.mu.Unlock()
	w, pool := db.shares.waits, db.pool.Stat()
	return Waits{w.Count + pool.EmptyAcquireCount(), w.Time + pool.EmptyAcquireWaitTime(), w.GivenUp + pool.CanceledAcquireCount()}
}

func newShares(connections int32, timeout time.Duration) *shares {
	return &shares{
		most: max(minShare, int(connections)/shareDivisor), timeout: timeout,
		free: int(connections), held: map[fair.Owner]int{}, waiting: map[fair.Owner]int{},
	}
}

// usage is what one request has used so far. The mutex of shares protects it.
type usage struct {
	start  time.Time
	begun  bool          // it has had a connection
	waited time.Duration // for its owner's share
}

type usageKey struct{}

// ForRequest returns the context of one request, which began at start: its wait for
// the first connection counts from then. In a context without it, each wait counts
// from its own beginning.
func ForRequest(ctx context.Context, start time.Time) context.Context {
	return context.WithValue(ctx, usageKey{}, &usage{start: start})
}

func usageOf(ctx context.Context) *usage {
	if u, ok := ctx.Value(usageKey{}).(*usage); ok {
		return u
	}
	return &usage{start: time.Now()}
}

// waiter is a request that waits for a connection.
type waiter struct {
	key      fair.Key
	usage    *usage
	queue    *fair.Queue[*waiter]
	since    time.Time
	forShare bool // the owner had its share at the beginning of the wait
	granted  chan struct{}
}

// acquire waits for a connection on behalf of the context's key, and returns the
// function that releases it. It returns ErrBusy when there is none in time, at once
// when too many requests of the owner wait already, and the error of a context that
// ends first.
func (s *shares) acquire(ctx context.Context) (release func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	key := fair.From(ctx)
	release = func() { s.release(key) }
	w, limit, err := s.enter(key, usageOf(ctx))
	if err != nil || w == nil {
		return release, err
	}
	timeout := time.NewTimer(limit)
	defer timeout.Stop()
	select {
	case <-w.granted:
		return release, nil
	case <-ctx.Done():
		err = ctx.Err()
	case <-timeout.C:
		err = ErrBusy
	}
	if !s.leave(w) { // the connection was granted meanwhile
		release()
	}
	return nil, err
}

// enter takes a connection if the owner may have one now. Otherwise it returns a
// waiter in a queue, and how long it may wait.
func (s *shares) enter(key fair.Key, u *usage) (*waiter, time.Duration, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.free > 0 && s.mayHold(key) { // a connection is free only when no waiter may take it
		s.take(key, u)
		return nil, 0, nil
	}
	w := &waiter{key: key, usage: u, queue: &s.fresh, since: time.Now(), forShare: !s.mayHold(key), granted: make(chan struct{})}
	if u.begun {
		w.queue = &s.begun
	}
	limit := s.limit(w)
	if limit <= 0 || s.waiting[key.Owner()] == maxWaitingEach && !isProgram(key) {
		s.waits.GivenUp++
		return nil, 0, ErrBusy
	}
	w.queue.Push(key, w)
	s.waiting[key.Owner()]++
	return w, limit, nil
}

// limit returns how long a request may wait.
func (s *shares) limit(w *waiter) time.Duration {
	switch {
	case w.forShare:
		return s.timeout/shareWaitDivisor - w.usage.waited
	case w.usage.begun:
		return s.timeout
	}
	return s.timeout - w.since.Sub(w.usage.start)
}

// mayHold reports whether the owner holds less than its share. The program itself
// has none: the number of its jobs is bounded.
func (s *shares) mayHold(key fair.Key) bool { return s.held[key.Owner()] < s.most || isProgram(key) }

func isProgram(key fair.Key) bool { return key.Owner() == fair.Program().Owner() }

func (s *shares) take(key fair.Key, u *usage) {
	s.free--
	s.held[key.Owner()]++
	u.begun = true
}

// release returns a connection, and grants it to the next waiter.
func (s *shares) release(key fair.Key) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free++
	decrement(s.held, key.Owner())
	for s.free > 0 {
		w, ok := s.next()
		if !ok {
			return
		}
		s.ended(w)
		s.take(w.key, w.usage)
		close(w.granted)
	}
}

func (s *shares) next() (*waiter, bool) {
	may := func(w *waiter) bool { return s.mayHold(w.key) }
	if w, ok := s.begun.Pop(may); ok {
		return w, true
	}
	return s.fresh.Pop(may)
}

// leave ends a wait. It returns false when the connection has been granted.
func (s *shares) leave(w *waiter) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	waited := w.queue.Remove(w.key, w)
	if waited {
		s.ended(w)
		s.waits.GivenUp++
	}
	return waited
}

// ended accounts for a waiter that has left its queue.
func (s *shares) ended(w *waiter) {
	decrement(s.waiting, w.key.Owner())
	waited := time.Since(w.since)
	if w.forShare {
		w.usage.waited += waited
	}
	s.waits.Count++
	s.waits.Time += waited
}

func decrement(counts map[fair.Owner]int, o fair.Owner) {
	if counts[o]--; counts[o] == 0 {
		delete(counts, o)
	}
}
