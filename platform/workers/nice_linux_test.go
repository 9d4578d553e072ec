package workers

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Only the threads of the workers have the lowest priority.
func TestPool_Priority(t *testing.T) {
	p := New(Config{Workers: 2, MaxWaiting: 1, MaxWait: time.Minute, Patience: time.Hour})
	defer p.Close()
	usual := New(Config{MaxWaiting: 1, MaxWait: time.Minute})
	defer usual.Close()
	for range 8 {
		if got := nicenessIn(t, p); got != 19 {
			t.Errorf("priority of a worker = %d, want 19", got)
		}
		if outside := niceness(t); outside == 19 || nicenessIn(t, usual) != outside {
			t.Errorf("priority of others = %d, and %d without workers, want the usual one", outside, nicenessIn(t, usual))
		}
	}
}

// The processor time of a worker counts its own work alone.
func TestPool_ProcessorTime(t *testing.T) {
	p := New(Config{Workers: 1, MaxWaiting: 1, MaxWait: time.Minute, Patience: time.Hour})
	defer p.Close()
	used := func() time.Duration {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.workers[0].used()
	}
	nicenessIn(t, p) // the worker has begun
	before := used()
	if _, err := Do(t.Context(), p, func() bool {
		for used() < before+5*time.Millisecond {
		}
		return true
	}); err != nil {
		t.Fatal(err)
	}
	after := used()
	for begun := time.Now(); time.Since(begun) < 20*time.Millisecond; {
	}
	if more := used() - after; after-before < 5*time.Millisecond || more > 5*time.Millisecond {
		t.Errorf("the worker used %s while it worked, and %s while it was idle", after-before, more)
	}
}

func nicenessIn(t *testing.T, p *Pool) int {
	t.Helper()
	got, err := Do(t.Context(), p, func() int { return niceness(t) })
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func niceness(t *testing.T) int {
	priority, err := unix.Getpriority(unix.PRIO_PROCESS, unix.Gettid())
	if err != nil {
		t.Errorf("Getpriority = %v", err)
	}
	return 20 - priority // the system call returns 20 minus the nice value
}
