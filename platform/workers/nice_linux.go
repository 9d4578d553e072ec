package workers

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// PerProcessor returns the number of workers, one for each processor: at the lowest
// priority they use only time that no other thread needs.
func PerProcessor() int { return Processors }

// lowerPriority locks the calling goroutine to an operating system thread with the
// lowest priority, and returns a function that reads the thread's processor time. On
// Linux a nice value belongs to a thread. The thread is never unlocked, so it ends
// with its goroutine instead of running other goroutines at that priority.
func lowerPriority() (used func() time.Duration) {
	runtime.LockOSThread()
	thread := unix.Gettid()
	// A process may lower its own priority. On an error the worker runs at the usual
	// one.
	_ = unix.Setpriority(unix.PRIO_PROCESS, thread, 19)
	clock := int32(^thread<<3 | 6) // the clock of pthread_getcpuclockid(3)
	return func() time.Duration {
		var now unix.Timespec
		_ = unix.ClockGettime(clock, &now) // on an error 0: the job counts as starving
		return time.Duration(now.Nano())
	}
}
