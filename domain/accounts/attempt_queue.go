package accounts

import (
	"context"
	"slices"
	"sync"

	"stoa/platform/fault"
)

// maxQueued is how many tries at one account may wait at once, as many as may
// wait for a hash.
const maxQueued = 64

// attemptQueue lets tries at one account wait for each other. While a password is
// being hashed its try counts as wrong: without waiting, more people or
// programs than the limit has tries would keep each other out of an account
// whose password they all know. It is only a queue: what may begin, the limit
// alone decides, and a try that can only fail waits for nothing.
type attemptQueue struct {
	mu   sync.Mutex
	keys map[string]*accountQueue
}

// accountQueue is the tries at one account that this process has under way.
type accountQueue struct {
	active  int         // asking the limit, or past it
	freed   int         // those that gave their try back so far
	waiting []chan bool // true: a try was given back; false: none can be any more
}

// take begins a try once the limit lets it, or returns the limit's refusal
// when nobody is left who could give a try back. The caller ends the try and
// says whether it was given back.
func (t *attemptQueue) take(ctx context.Context, key string, ask func() error) (end func(freed bool), err error) {
	t.enter(key)
	for {
		seen := t.seen(key)
		if err = ask(); err == nil {
			return func(freed bool) { t.leave(key, freed) }, nil
		}
		if !fault.Is(err, fault.TooMany) {
			t.leave(key, false)
			return nil, err
		}
		if !t.wait(ctx, key, seen) {
			return nil, err
		}
	}
}

func (t *attemptQueue) enter(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.keys == nil {
		t.keys = map[string]*accountQueue{}
	}
	if t.keys[key] == nil {
		t.keys[key] = &accountQueue{}
	}
	t.keys[key].active++
}

func (t *attemptQueue) seen(key string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.keys[key].freed
}

// leave ends a try. One that was given back is handed on, so that whoever gets
// it counts as active before the others hear that nobody is.
func (t *attemptQueue) leave(key string, freed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.keys[key]
	now.active--
	if freed {
		now.freed++
		if len(now.waiting) > 0 {
			now.active++
			now.waiting[0] <- true
			now.waiting = now.waiting[1:]
		}
	}
	t.release(key, now)
}

// release sends those home who wait for nobody.
func (t *attemptQueue) release(key string, now *accountQueue) {
	if now.active > 0 {
		return
	}
	for _, woken := range now.waiting {
		woken <- false
	}
	delete(t.keys, key)
}

// wait reports whether a refused try should ask again, which it then does as
// an active one.
func (t *attemptQueue) wait(ctx context.Context, key string, seen int) bool {
	woken, again := t.queue(key, seen)
	if woken == nil {
		return again
	}
	select {
	case again := <-woken:
		return again
	case <-ctx.Done():
		t.giveUp(key, woken)
		return false
	}
}

// queue puts a refused try among those who wait. It returns no channel when
// that is no use, and whether to ask again: a try was given back since.
func (t *attemptQueue) queue(key string, seen int) (woken chan bool, again bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.keys[key]
	if now.freed != seen {
		return nil, true
	}
	now.active--
	if now.active == 0 || len(now.waiting) >= maxQueued {
		t.release(key, now)
		return nil, false
	}
	woken = make(chan bool, 1)
	now.waiting = append(now.waiting, woken)
	return woken, false
}

// giveUp takes somebody out of the queue, and hands on what they were given
// meanwhile.
func (t *attemptQueue) giveUp(key string, woken chan bool) {
	t.mu.Lock()
	now := t.keys[key]
	if now != nil {
		now.waiting = slices.DeleteFunc(now.waiting, func(other chan bool) bool { return other == woken })
	}
	t.mu.Unlock()
	select {
	case given := <-woken:
		if given {
			t.leave(key, true)
		}
	default:
	}
}
