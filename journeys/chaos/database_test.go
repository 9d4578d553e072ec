package chaos

import (
	"syscall"
	"testing"
	"time"
)

// People live through one fault of the database after the other.
func TestDatabase(t *testing.T) {
	parallel(t)
	p := newPostgres(t)
	h := newHouse(t, p.URLs())
	t.Run("Restarts", func(t *testing.T) {
		r := newRow(t, "PostgreSQL restarts", "no acknowledged write lost, no 500, full service ≤ 1 s after it accepts again")
		h.comesBack(r, t, p, syscall.SIGINT, time.Second)
	})
	t.Run("Killed", func(t *testing.T) {
		r := newRow(t, "PostgreSQL killed with SIGKILL", "the same, ≤ 2 s")
		h.comesBack(r, t, p, syscall.SIGKILL, 2*time.Second)
	})
	t.Run("Away", func(t *testing.T) {
		r := newRow(t, "PostgreSQL away for a minute", "503 in ≤ 3 s, `/health/live` 200 with p99 < 50 ms, back ≤ 5 s, nobody signed in by mistake")
		h.away(r, t, p.stop, p.start)
	})
}

// comesBack ends the server some times and sees that all goes on.
func (h *house) comesBack(r *row, t *testing.T, p *postgres, sig syscall.Signal, limit time.Duration) {
	begun, slowest, times := time.Now(), time.Duration(0), 1
	if long {
		times = 5
	}
	for range times {
		h.settle(t)
		start := time.Now()
		p.signal(sig)
		h.felt(t, start)
		back := p.accepts()
		h.settle(t)
		slowest = max(slowest, h.since(start).people().unserved().last(back).Sub(back))
	}
	r.within("full service after", slowest, limit)
	r.judge(h.since(begun))
}

// away takes the database away for a while and gives it back.
func (h *house) away(r *row, t *testing.T, take, give func()) {
	h.settle(t)
	start := time.Now()
	take()
	h.felt(t, start)
	gone := time.Now()
	pass(t, gone, lasting(time.Minute, 3*time.Second))
	during := h.since(gone)
	give()
	back := time.Now()
	h.settle(t)
	r.within("503 within", during.people().refused().percentile(100), refusedWithin)
	r.within("`/health/live` p99", during.live().percentile(99), 50*time.Millisecond)
	if unwell := during.live().unserved(); len(unwell) > 0 {
		t.Errorf("/health/live:\n%s", unwell)
	}
	r.within("back after", h.since(start).people().unserved().last(back).Sub(back), 5*time.Second)
	r.judge(h.since(start))
}

// refusedWithin is 3 s, and what it takes to tell.
const refusedWithin = 3*time.Second + 250*time.Millisecond
