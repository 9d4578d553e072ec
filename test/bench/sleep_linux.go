package main

import (
	"syscall"
	"time"
)

// sleep sleeps in the kernel, to some 50 µs.
func sleep(d time.Duration) {
	if d <= 0 {
		return
	}
	span := syscall.NsecToTimespec(d.Nanoseconds())
	_ = syscall.Nanosleep(&span, nil) // a signal wakes us early: then a request is early
}
