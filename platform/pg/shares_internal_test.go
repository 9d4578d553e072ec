package pg

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"stoa/platform/fair"
)

// shareWait is that of the default timeout.
const shareWait = 1500 * time.Millisecond

// request returns the context of a new request of the user.
func request(t *testing.T, user string) context.Context {
	return ForRequest(fair.With(t.Context(), fair.User(user)), time.Now())
}

// take acquires a connection at once.
func take(ctx context.Context, t *testing.T, s *shares) (release func()) {
	t.Helper()
	release, err := s.acquire(ctx)
	if err != nil {
		t.Fatalf("acquire = %v", err)
	}
	return release
}

// queued are acquisitions that wait, in the order of their results.
type queued struct {
	s     *shares
	mu    sync.Mutex
	order []string
	ended map[string]error
	held  map[string]func()
}

func newQueued(s *shares) *queued {
	return &queued{s: s, ended: map[string]error{}, held: map[string]func(){}}
}

// wait starts an acquisition and returns when it waits or has ended.
func (q *queued) wait(ctx context.Context, name string) {
	go func() {
		release, err := q.s.acquire(ctx)
		q.mu.Lock()
		defer q.mu.Unlock()
		q.order, q.ended[name], q.held[name] = append(q.order, name), err, release
	}()
	synctest.Wait()
}

// passOn releases the connections that were acquired, one after the other, until
// none is left.
func (q *queued) passOn() {
	for passed := 0; passed < len(q.order); {
		name := q.order[passed]
		passed++
		if q.ended[name] == nil {
			q.held[name]()
		}
		synctest.Wait()
	}
}

func TestShares_QuarterForEachOwner(t *testing.T) {
	for connections, want := range map[int32]int{1: 1, 2: 2, 4: 2, 8: 2, 12: 3, 20: 5, 40: 10} {
		synctest.Test(t, func(t *testing.T) {
			s := newShares(connections, 3*time.Second)
			held := 0
			for range connections {
				ctx, cancel := context.WithTimeout(request(t, "a"), time.Millisecond)
				defer cancel()
				if _, err := s.acquire(ctx); err == nil {
					held++
				}
			}
			if held != want {
				t.Errorf("a user holds %d of %d connections, want %d", held, connections, want)
			}
			if left := int(connections) - held; left > 0 {
				take(request(t, "b"), t, s)
			}
		})
	}
}

// The clients of one network share, and the program's own work has no bound.
func TestShares_Owners(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShares(8, 3*time.Second)
		for _, client := range []string{"2001:db8:1:1::/64", "2001:db8:1:2::/64"} {
			take(fair.With(t.Context(), fair.Client("2001:db8:1::/48", client)), t, s)
		}
		q := newQueued(s)
		q.wait(fair.With(t.Context(), fair.Client("2001:db8:1::/48", "2001:db8:1:3::/64")), "third client")
		for range 6 {
			take(t.Context(), t, s)
		}
		time.Sleep(shareWait)
		synctest.Wait()
		if !errors.Is(q.ended["third client"], ErrBusy) {
			t.Errorf("a third client of the network got %v, want ErrBusy", q.ended["third client"])
		}
	})
}

// A request that has had a connection comes before one that has not, and is not
// refused for the time that it has taken so far.
func TestShares_BegunRequestsFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShares(1, 3*time.Second)
		begun := request(t, "a")
		take(begun, t, s)()
		time.Sleep(time.Minute) // such as the wait for a password hash
		release := take(request(t, "b"), t, s)
		q := newQueued(s)
		q.wait(request(t, "c"), "new")
		q.wait(begun, "begun")
		time.Sleep(2 * time.Second)
		release()
		synctest.Wait()
		q.passOn()
		if want := []string{"begun", "new"}; !slices.Equal(q.order, want) {
			t.Errorf("order = %v, want %v", q.order, want)
		}
	})
}

// The wait for the first connection counts from the beginning of the request, so a
// refusal never takes longer than the timeout.
func TestShares_RefusedWithinTheTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShares(1, 3*time.Second)
		take(request(t, "a"), t, s)
		ctx, start := request(t, "b"), time.Now()
		time.Sleep(400 * time.Millisecond) // such as the wait for a slot
		if _, err := s.acquire(ctx); !errors.Is(err, ErrBusy) || time.Since(start) != 3*time.Second {
			t.Errorf("acquire = %v after %s, want ErrBusy after 3 s", err, time.Since(start))
		}
	})
}

// All waits of one request for its owner's share together are bounded.
func TestShares_WaitForTheShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShares(4, 3*time.Second)
		one, two := take(request(t, "a"), t, s), take(request(t, "a"), t, s)
		ctx, start := request(t, "a"), time.Now()
		time.AfterFunc(time.Second, one)
		again := take(ctx, t, s) // waits a second
		take(request(t, "b"), t, s)
		again()
		one = take(request(t, "a"), t, s)
		if _, err := s.acquire(ctx); !errors.Is(err, ErrBusy) || time.Since(start) != shareWait {
			t.Errorf("acquire = %v after %s, want ErrBusy after %s", err, time.Since(start), shareWait)
		}
		if _, err := s.acquire(ctx); !errors.Is(err, ErrBusy) || time.Since(start) != shareWait {
			t.Errorf("acquire = %v after %s, want ErrBusy at once", err, time.Since(start))
		}
		one()
		two()
		if want := (Waits{Count: 2, Time: shareWait, GivenUp: 2}); s.waits != want {
			t.Errorf("waits = %+v, want %+v", s.waits, want)
		}
		if len(s.held) != 1 || len(s.waiting) != 0 || s.free != 3 {
			t.Errorf("shares = %v held, %v waiting, %d free, want those of b", s.held, s.waiting, s.free)
		}
	})
}

// Further requests of an owner are refused at once when many wait, and others are
// served.
func TestShares_MaxWaitingEach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShares(4, 3*time.Second)
		take(request(t, "a"), t, s)
		take(request(t, "a"), t, s)
		q := newQueued(s)
		for i := range maxWaitingEach {
			q.wait(request(t, "a"), fmt.Sprint(i))
		}
		start := time.Now()
		if _, err := s.acquire(request(t, "a")); !errors.Is(err, ErrBusy) || time.Since(start) > 0 {
			t.Errorf("acquire = %v after %s, want ErrBusy at once", err, time.Since(start))
		}
		take(request(t, "b"), t, s)
		time.Sleep(shareWait)
		synctest.Wait()
		if len(q.order) != maxWaitingEach || len(s.waiting) != 0 {
			t.Errorf("%d waits ended and %v wait, want all %d ended", len(q.order), s.waiting, maxWaitingEach)
		}
	})
}

// A request that leaves at the moment of the grant gives the connection back.
func TestShares_ContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShares(1, 3*time.Second)
		release := take(request(t, "a"), t, s)
		ctx, cancel := context.WithCancel(request(t, "b"))
		q := newQueued(s)
		q.wait(ctx, "b")
		cancel()
		release()
		synctest.Wait()
		if q.ended["b"] == nil {
			q.held["b"]()
		}
		take(request(t, "c"), t, s)()
		if _, err := s.acquire(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("acquire after the context ended = %v", err)
		}
	})
}
