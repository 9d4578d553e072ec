package workers

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"stoa/platform/fair"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// crew is a pool and the jobs of a test, in a bubble of package synctest. The mutex of
// the pool protects order and errs, too.
type crew struct {
	*Pool
	t     *testing.T
	order []string // names of the jobs that ended, in this order
	errs  map[string]error
	gate  chan struct{} // blocks the jobs
}

// start starts a pool that ends with the test. Its jobs block until open.
func start(t *testing.T, c Config) *crew {
	w := &crew{Pool: New(c), t: t, errs: map[string]error{}, gate: make(chan struct{})}
	synctest.Wait() // until the workers wait for jobs
	return w
}

// do starts a job, and returns when it is blocked, waiting or refused.
func (w *crew) do(ctx context.Context, name string) {
	go func() {
		_, err := Do(ctx, w.Pool, func() bool { <-w.gate; return true })
		w.mu.Lock()
		defer w.mu.Unlock()
		w.order, w.errs[name] = append(w.order, name), err
	}()
	synctest.Wait()
}

// user and client return the context of a request.
func (w *crew) user(id string) context.Context { return fair.With(w.t.Context(), fair.User(id)) }

func (w *crew) client(addr string) context.Context {
	return fair.With(w.t.Context(), fair.Client(addr, addr))
}

// next lets one job end.
func (w *crew) next() {
	w.gate <- struct{}{}
	synctest.Wait()
}

// end lets every job end, and closes the pool.
func (w *crew) end() {
	close(w.gate)
	synctest.Wait()
	w.Close()
}

func (w *crew) wantOrder(want ...string) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if !slices.Equal(w.order, want) {
		w.t.Errorf("jobs ended in the order %q, want %q", w.order, want)
	}
}

func (w *crew) sortOrder() {
	w.mu.Lock()
	defer w.mu.Unlock()
	slices.Sort(w.order)
}

// wantState compares the number of jobs that wait, and whether the goroutine of the
// usual priority runs.
func (w *crew) wantState(waiting int, relief bool) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.queue.Len() != waiting || w.relief != relief {
		w.t.Errorf("%d jobs wait, usual priority: %v; want %d, %v", w.queue.Len(), w.relief, waiting, relief)
	}
}

func (w *crew) wantBusy(names ...string) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for name, err := range w.errs {
		if refused := slices.Contains(names, name); refused != errors.Is(err, ErrBusy) {
			w.t.Errorf("Do(%s) = %v, want ErrBusy: %v", name, err, refused)
		}
	}
}

func TestDo_QueueFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, Config{Workers: 2, MaxWaiting: 2, MaxWait: time.Minute, Patience: time.Hour})
		for _, name := range []string{"a", "b", "c", "d", "refused"} {
			w.do(t.Context(), name)
		}
		w.wantOrder() // the refusal takes a moment
		time.Sleep(refusalPause)
		synctest.Wait()
		w.wantOrder("refused")
		w.end()
		w.wantBusy("refused")
	})
}

// A client that fills the queue loses a place to another one, and gets every second
// turn. A user gets every second turn however many clients there are.
func TestDo_Fair(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, Config{Workers: 1, MaxWaiting: 4, MaxWait: time.Minute, Patience: time.Hour})
		w.do(w.client("x"), "x0")
		for _, name := range []string{"x1", "x2", "x3", "x4"} {
			w.do(w.client("x"), name)
		}
		w.do(w.client("y"), "y1")
		w.do(w.user("a"), "a1")
		w.do(w.user("a"), "a2")
		time.Sleep(refusalPause)
		synctest.Wait()
		w.sortOrder() // the refusals are at the same time
		w.wantOrder("x2", "x3", "x4")
		for range 5 {
			w.next()
		}
		w.wantOrder("x2", "x3", "x4", "x0", "x1", "a1", "y1", "a2")
		w.wantBusy("x4", "x3", "x2")
		w.end()
	})
}

func TestDo_WaitedTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, Config{Workers: 1, MaxWaiting: 4, MaxWait: time.Minute, Patience: time.Hour})
		w.do(t.Context(), "running")
		w.do(t.Context(), "waiting")
		time.Sleep(time.Minute)
		synctest.Wait()
		w.wantOrder("waiting")
		w.wantBusy("waiting")
		w.end()
	})
}

// The call ends with its context, also while the job runs.
func TestDo_ContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, Config{Workers: 1, MaxWaiting: 1, MaxWait: time.Minute, Patience: time.Hour})
		ctx, cancel := context.WithCancel(t.Context())
		w.do(ctx, "running")
		w.do(ctx, "waiting")
		cancel()
		synctest.Wait()
		w.wantBusy("running", "waiting")
		for name, err := range w.errs {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("Do(%s) = %v, want context.Canceled inside", name, err)
			}
		}
		w.do(ctx, "too late")
		w.wantBusy("running", "waiting", "too late")
		w.do(t.Context(), "next") // has the place of the one that left
		w.end()
		w.wantBusy("running", "waiting", "too late")
	})
}

func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, Config{Workers: 1, MaxWaiting: 2, MaxWait: time.Minute, Patience: time.Hour})
		w.do(t.Context(), "running")
		w.do(t.Context(), "waiting")
		closed := false
		go func() { w.Close(); closed = true }()
		synctest.Wait()
		w.do(t.Context(), "new")
		w.wantOrder("waiting", "new")
		if closed {
			t.Error("Close returned while a job was running")
		}
		w.end() // the second Close does nothing
		w.wantOrder("waiting", "new", "running")
		w.wantBusy("waiting", "new")
		if !closed {
			t.Error("Close has not returned")
		}
	})
}

// When a job has waited for Patience, one goroutine takes jobs in their turns until
// no job has waited that long.
func TestPool_Relief(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, Config{Workers: 1, MaxWaiting: 9, MaxWait: time.Minute, Patience: time.Second})
		w.workers[0].used = nil // its job does not starve
		w.do(w.client("x"), "x0")
		for _, name := range []string{"x1", "x2", "x3"} {
			w.do(w.client("x"), name)
		}
		w.do(w.user("a"), "a1")
		time.Sleep(900 * time.Millisecond)
		w.wantState(4, false)
		time.Sleep(100 * time.Millisecond)
		synctest.Wait()
		w.wantState(3, true)
		w.next() // x0 or x1: both block on the gate
		w.next()
		w.wantState(1, true)
		w.end()
		w.wantState(0, false)
		w.wantBusy()
	})
}

// A job that gets no processor time on a worker runs again at the usual priority.
// One that gets it does not, however long it is.
func TestPool_Starving(t *testing.T) {
	for name, share := range map[string]time.Duration{"starves": 3, "is long": 1} {
		synctest.Test(t, func(t *testing.T) {
			p := New(Config{Workers: 1, MaxWaiting: 1, MaxWait: time.Minute, Patience: time.Second})
			synctest.Wait()
			begun := time.Now()
			p.workers[0].used = func() time.Duration { return time.Since(begun) / share }
			var runs atomic.Int32
			gate := make(chan struct{})
			job := func() int32 {
				n := runs.Add(1)
				if n == 1 {
					<-gate
				}
				return n
			}
			time.AfterFunc(10*time.Second, func() { close(gate) })
			if _, err := Do(t.Context(), p, job); err != nil {
				t.Fatalf("%s: Do = %v", name, err)
			}
			took, wantRuns, wantTook := time.Since(begun), int32(1), 10*time.Second
			if share > 2 {
				wantRuns, wantTook = 2, time.Second
			}
			if runs.Load() != wantRuns || took != wantTook {
				t.Errorf("a job that %s ran %d times and took %s, want %d and %s", name, runs.Load(), took, wantRuns, wantTook)
			}
			time.Sleep(10 * time.Second) // until the gate opens
			p.Close()
		})
	}
}

// Without workers of the lowest priority each job runs once, one after the other.
func TestPool_UsualPriorityAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, Config{MaxWaiting: 2, MaxWait: time.Minute})
		for _, name := range []string{"a", "b", "c", "refused"} {
			w.do(t.Context(), name)
		}
		time.Sleep(refusalPause)
		synctest.Wait()
		w.wantOrder("refused")
		for range 3 {
			time.Sleep(10 * time.Second)
			w.next()
		}
		w.wantOrder("refused", "a", "b", "c")
		w.wantBusy("refused")
		w.end()
	})
}
