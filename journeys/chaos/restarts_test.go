package chaos

import (
	"syscall"
	"testing"
	"time"
)

func TestDatabase_Restarts(t *testing.T) {
	parallel(t)
	r := newRow(t, "PostgreSQL restarts", "no acknowledged write lost, no 500, full service ≤ 1 s after it accepts again")
	comesBack(t, r, syscall.SIGINT, time.Second)
}

func TestDatabase_Killed(t *testing.T) {
	parallel(t)
	r := newRow(t, "PostgreSQL killed with SIGKILL", "the same, ≤ 2 s")
	comesBack(t, r, syscall.SIGKILL, 2*time.Second)
}

// comesBack ends the server some times and sees that all goes on.
func comesBack(t *testing.T, r *row, sig syscall.Signal, limit time.Duration) {
	p := newPostgres(t)
	h := newHouse(t, p.URLs())
	var slowest time.Duration
	for range 3 {
		h.settle()
		start := time.Now()
		p.signal(sig)
		h.refusal(start)
		back := p.accepts()
		h.settle()
		slowest = max(slowest, h.unserved(start).last(back).Sub(back))
	}
	r.within("full service after at most", slowest, limit)
	h.judge(r)
}
