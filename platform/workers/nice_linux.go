package workers

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// PerProcessor is one for each processor: at the lowest priority they take only
// what nobody else wants.
func PerProcessor() int { return Processors }

// yieldToOthers gives the calling goroutine an operating system thread of its
// own with the lowest priority. On Linux a nice value belongs to a thread. The
// thread is never unlocked, so it ends with its goroutine instead of running
// something else at that priority.
func yieldToOthers() {
	runtime.LockOSThread()
	// Lowering one's own priority needs no right; without it the work is done too.
	_ = unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), 19)
}
