package chaos

import (
	"syscall"
	"testing"
	"time"

	"stoa/platform/pgserver"
	"stoa/test/rig"
)

// People live through one fault of the database after the other.
func TestDatabase(t *testing.T) {
	parallel(t)
	p := newPostgres(t, t.TempDir())
	valve, through := rig.NewFaultProxy(t, p.URLs().App)
	h := newHouse(t, pgserver.URLs{App: through, Owner: p.URLs().Owner})
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
	t.Run("Stalls", func(t *testing.T) {
		r := newRow(t, "the way to PostgreSQL stalls for a minute: the pool is exhausted", "the same")
		h.away(r, t, valve.Hold, valve.Open)
	})
	t.Run("Held", func(t *testing.T) {
		r := newRow(t, "a held lock, a slow statement", "that request ends ≤ 5 s, others' p99 ≤ 2×")
		h.onesTrouble(r, t)
	})
	t.Run("HalfOpen", func(t *testing.T) {
		r := newRow(t, "every connection to PostgreSQL is half-open: sent on, nothing comes back", "found ≤ 15 s")
		h.settle(t)
		start := time.Now()
		valve.Forget()
		rig.Await(t, "a half-open connection to be given up", valve.GivenUp)
		back := h.recovers(t, start)
		r.within("found after", back.Sub(start), 15*time.Second)
		r.judge(h.since(start))
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
		back := p.restarts(sig)
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
	give()
	back := time.Now()
	h.settle(t)
	during := h.since(gone).before(back)
	r.within("503 within", during.people().refused().percentile(100), 3*time.Second+overhead)
	r.within("`/health/live` p99", during.live().percentile(99), 50*time.Millisecond)
	if unwell := during.live().unserved(); len(unwell) > 0 {
		t.Errorf("/health/live:\n%s", unwell)
	}
	r.within("back after", h.since(start).people().unserved().last(back).Sub(back), 5*time.Second)
	r.judge(h.since(start))
}

// onesTrouble has somebody's row held and then slow to write. The others must
// hardly notice.
func (h *house) onesTrouble(r *row, t *testing.T) {
	somebody, _, tokens := h.one.RegisterAPI(t)
	asUsual := h.settle(t).atWork()
	start, slowest := time.Now(), time.Duration(0)
	tries := func() {
		for from := time.Now(); ; {
			begun := time.Now()
			answer := somebody.Call("PATCH", "/api/users/me", `{"bio":"in vain"}`).Is(503)
			if slowest = max(slowest, time.Since(begun)); answer.Header.Get("Retry-After") == "" {
				t.Error("a 503 does not say when to come back")
			}
			if time.Since(from) > lasting(15*time.Second, 0) {
				return
			}
		}
	}
	release := h.one.Hold(t, "SELECT FROM users WHERE id = $1 FOR UPDATE", tokens.User.ID)
	tries()
	release()
	h.one.Exec(t, `CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(30); RETURN new; END $$`)
	h.one.Exec(t, `CREATE TRIGGER dawdle BEFORE UPDATE ON users FOR EACH ROW WHEN (old.id = '`+tokens.User.ID+`') EXECUTE FUNCTION dawdle()`)
	tries()
	h.one.Exec(t, `DROP TRIGGER dawdle ON users`)
	r.within("it ends after", slowest, 5*time.Second+overhead)
	others := h.since(start)
	r.measured("others' p99 %s, before %s", readable(others.atWork().percentile(99)), readable(asUsual.percentile(99)))
	if long && others.atWork().percentile(99) > 2*asUsual.percentile(99) {
		t.Error("the others are held up")
	}
	r.judge(others)
}

// atWork are the requests that hash no password.
func (all requests) atWork() requests {
	return all.where(func(r rig.Request) bool { return r.What == "read" || r.What == "write" })
}

// recovers waits until all work again and returns when that began: after the
// last answer to somebody who was not served.
func (h *house) recovers(t *testing.T, start time.Time) time.Time {
	t.Helper()
	h.settle(t)
	last := start // also of who began before the fault
	for _, r := range requests(h.load.Requests()).people().unserved() {
		if end := r.Begun.Add(r.Took); end.After(last) {
			last = end
		}
	}
	return last
}

// overhead is what a machine of two cores, on which the people live too, may
// take to tell of a time that has passed.
const overhead = 250 * time.Millisecond
