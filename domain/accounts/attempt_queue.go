package accounts

import (
	"context"
	"slices"
	"sync"

	"stoa/platform/fault"
)

// maxQueued is how many attempts at one account may wait at once. The queue of the
// Hasher has the same length.
const maxQueued = 64

// attemptQueue makes an attempt that the limit refuses wait until a concurrent
// attempt at the same account is refunded. An attempt counts as wrong while its
// password is being hashed. So without the queue, the limit would refuse some of
// many concurrent clients that all know the password. Only the limit decides
// which attempt may begin. An attempt does not wait when no active attempt can be
// refunded.
type attemptQueue struct {
	mu   sync.Mutex
	keys map[string]*accountQueue
}

// accountQueue has the attempts at one account in this process.
type accountQueue struct {
	active  int         // attempts that are asking the limit, or that it has allowed
	freed   int         // attempts that were refunded so far
	waiting []chan bool // receives true after a refund, and false when none can follow
}

// take begins an attempt when the limit allows it. It returns the fault of the
// limit when no active attempt is left that could be refunded. The caller calls
// end after the attempt; freed reports whether the attempt was refunded.
func (q *attemptQueue) take(ctx context.Context, key string, ask func() error) (end func(freed bool), err error) {
	q.enter(key)
	for {
		seen := q.seen(key)
		if err = ask(); err == nil {
			return func(freed bool) { q.leave(key, freed) }, nil
		}
		if !fault.Is(err, fault.TooMany) {
			q.leave(key, false)
			return nil, err
		}
		if !q.wait(ctx, key, seen) {
			return nil, err
		}
	}
}

func (q *attemptQueue) enter(key string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.keys == nil {
		q.keys = map[string]*accountQueue{}
	}
	if q.keys[key] == nil {
		q.keys[key] = &accountQueue{}
	}
	q.keys[key].active++
}

func (q *attemptQueue) seen(key string) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.keys[key].freed
}

// leave ends an attempt. After a refund it wakes the first waiting attempt, which
// counts as active before the lock is released: the others must not see a queue
// without active attempts.
func (q *attemptQueue) leave(key string, freed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.keys[key]
	now.active--
	if freed {
		now.freed++
		if len(now.waiting) > 0 {
			now.active++
			now.waiting[0] <- true
			now.waiting = now.waiting[1:]
		}
	}
	q.release(key, now)
}

// release wakes the waiting attempts with false, and deletes the queue, when no
// active attempt is left.
func (q *attemptQueue) release(key string, now *accountQueue) {
	if now.active > 0 {
		return
	}
	for _, woken := range now.waiting {
		woken <- false
	}
	delete(q.keys, key)
}

// wait reports whether a refused attempt should ask the limit again. If so, the
// attempt counts as active again.
func (q *attemptQueue) wait(ctx context.Context, key string, seen int) bool {
	woken, again := q.queue(key, seen)
	if woken == nil {
		return again
	}
	select {
	case again := <-woken:
		return again
	case <-ctx.Done():
		q.giveUp(key, woken)
		return false
	}
}

// queue adds a refused attempt to the waiting attempts and returns its channel. It
// returns a nil channel when the attempt need not or cannot wait; again is true
// when another attempt was refunded since seen.
func (q *attemptQueue) queue(key string, seen int) (woken chan bool, again bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.keys[key]
	if now.freed != seen {
		return nil, true
	}
	now.active--
	if now.active == 0 || len(now.waiting) >= maxQueued {
		q.release(key, now)
		return nil, false
	}
	woken = make(chan bool, 1)
	now.waiting = append(now.waiting, woken)
	return woken, false
}

// giveUp removes an attempt from the waiting attempts. When a refund has woken it
// in the meantime, giveUp passes the refund on to the next.
func (q *attemptQueue) giveUp(key string, woken chan bool) {
	q.mu.Lock()
	now := q.keys[key]
	if now != nil {
		now.waiting = slices.DeleteFunc(now.waiting, func(other chan bool) bool { return other == woken })
	}
	q.mu.Unlock()
	select {
	case given := <-woken:
		if given {
			q.leave(key, true)
		}
	default:
	}
}
