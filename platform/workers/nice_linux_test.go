package workers

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Only the threads of the workers have the lowest priority.
func TestPool_Priority(t *testing.T) {
	p := New(Config{Workers: 2, MaxWaiting: 1, MaxWait: time.Minute})
	defer p.Close()
	for range 8 {
		var inside int
		if err := p.Do(t.Context(), func() { inside = niceness(t) }); err != nil {
			t.Fatal(err)
		}
		if outside := niceness(t); inside != 19 || outside == 19 {
			t.Fatalf("priority of a worker = %d and of others = %d, want 19 for workers alone", inside, outside)
		}
	}
}

func niceness(t *testing.T) int {
	priority, err := unix.Getpriority(unix.PRIO_PROCESS, unix.Gettid())
	if err != nil {
		t.Errorf("Getpriority = %v", err)
	}
	return 20 - priority // the system call returns 20 minus the nice value
}
