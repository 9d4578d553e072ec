package main

import (
	"syscall"
	"time"
)

// sleep sleeps in the kernel, with a precision of about 50 µs.
func sleep(d time.Duration) {
	if d <= 0 {
		return
	}
	span := syscall.NsecToTimespec(d.Nanoseconds())
	_ = syscall.Nanosleep(&span, nil) // a signal may end it early; then one request is early
}
