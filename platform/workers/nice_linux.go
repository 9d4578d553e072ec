package workers

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// PerProcessor returns the number of workers, one for each processor: at the lowest
// priority they use only time that no other thread needs.
func PerProcessor() int { return Processors }

// lowerPriority locks the calling goroutine to an operating system thread with the
// lowest priority. On Linux a nice value belongs to a thread. The thread is never
// unlocked, so it ends with its goroutine instead of running other goroutines at
// that priority.
func lowerPriority() {
	runtime.LockOSThread()
	// A process may lower its own priority. On an error the worker runs at the usual
	// one.
	_ = unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), 19)
}
