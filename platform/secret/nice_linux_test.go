package secret

import (
	"testing"

	"golang.org/x/sys/unix"
)

// The workers' threads have the lowest priority, and no other thread has it.
func TestHasher_Priority(t *testing.T) {
	h, _, _ := counted(t)
	inside := make(chan int, 1)
	h.generate = func([]byte, int) ([]byte, error) {
		inside <- niceness(t)
		return nil, nil
	}
	for range 4 * workers() {
		outside := niceness(t)
		_ = hash(t, h, "x")
		if got := <-inside; got != 19 || outside == 19 {
			t.Fatalf("priority of a worker = %d and of others = %d, want 19 for workers alone", got, outside)
		}
	}
}

func niceness(t *testing.T) int {
	priority, err := unix.Getpriority(unix.PRIO_PROCESS, unix.Gettid())
	if err != nil {
		t.Errorf("Getpriority = %v", err)
	}
	return 20 - priority // the system call gives 20 minus the nice value
}
