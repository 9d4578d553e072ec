package chaos

import (
	"syscall"
	"testing"
	"time"

	"stoa/platform/pgserver"
	"stoa/test/rig"
)

// TestDatabase causes one fault of the database after the other under load.
func TestDatabase(t *testing.T) {
	parallel(t)
	p := newPostgres(t, t.TempDir())
	proxy, through := rig.NewFaultProxy(t, p.URLs().App)
	d := newDeployment(t, pgserver.URLs{App: through, Owner: p.URLs().Owner})
	t.Run("Restarts", func(t *testing.T) {
		r := newRow(t, "PostgreSQL restarts", "no acknowledged write lost, no 500, full service ≤ 1 s after it accepts connections")
		d.restartUnderLoad(r, t, p, syscall.SIGINT, time.Second)
	})
	t.Run("Killed", func(t *testing.T) {
		r := newRow(t, "PostgreSQL killed with SIGKILL", "the same, ≤ 2 s")
		d.restartUnderLoad(r, t, p, syscall.SIGKILL, 2*time.Second)
	})
	t.Run("Away", func(t *testing.T) {
		r := newRow(t, "PostgreSQL away for a minute", "503 in ≤ 3 s, `/health/live` 200 with p99 < 50 ms, back ≤ 5 s, no response to the wrong user")
		d.away(r, t, p.stop, p.start)
	})
	t.Run("Stalls", func(t *testing.T) {
		r := newRow(t, "connections to PostgreSQL stall for a minute: the pool is exhausted", "the same")
		d.away(r, t, proxy.Hold, proxy.Open)
	})
	t.Run("Held", func(t *testing.T) {
		r := newRow(t, "a held lock, a slow statement", "that request ends ≤ 5 s, p99 of the others ≤ 2×")
		d.slowRow(r, t)
	})
	t.Run("HalfOpen", func(t *testing.T) {
		r := newRow(t, "every connection to PostgreSQL is half-open: queries leave, no result arrives", "detected ≤ 15 s")
		d.settle(t)
		start := time.Now()
		proxy.Forget()
		rig.Await(t, "a half-open connection to be closed", proxy.GivenUp)
		back := d.recovers(t, start)
		r.within("detected after", back.Sub(start), 15*time.Second)
		r.check(d.since(start))
	})
}

// restartUnderLoad ends the database server, five times in the long form, and measures
// the time until every request is served again.
func (d *deployment) restartUnderLoad(r *row, t *testing.T, p *postgres, sig syscall.Signal, limit time.Duration) {
	begun, slowest, times := time.Now(), time.Duration(0), 1
	if long {
		times = 5
	}
	for range times {
		d.settle(t)
		start := time.Now()
		back := p.restarts(sig)
		d.settle(t)
		slowest = max(slowest, d.since(start).byUsers().unserved().last(back).Sub(back))
	}
	r.within("full service after", slowest, limit)
	r.check(d.since(begun))
}

// away makes the database unavailable for a while, between the calls of begin
// and end.
func (d *deployment) away(r *row, t *testing.T, begin, end func()) {
	d.settle(t)
	start := time.Now()
	begin()
	d.awaitFailure(t, start)
	gone := time.Now()
	pass(t, gone, lasting(time.Minute, 3*time.Second))
	end()
	back := time.Now()
	d.settle(t)
	during := d.since(gone).before(back)
	r.within("503 within", during.byUsers().refused().percentile(100), 3*time.Second+overhead)
	r.within("`/health/live` p99", during.live().percentile(99), 50*time.Millisecond)
	if unwell := during.live().unserved(); len(unwell) > 0 {
		t.Errorf("/health/live:\n%s", unwell)
	}
	r.within("back after", d.since(start).byUsers().unserved().last(back).Sub(back), 5*time.Second)
	r.check(d.since(start))
}

// slowRow locks the row of one user and then makes writes to it slow. Requests
// of other users must stay fast.
func (d *deployment) slowRow(r *row, t *testing.T) {
	api, _, tokens := d.one.RegisterAPI(t)
	asUsual := d.settle(t).atWork()
	start, slowest := time.Now(), time.Duration(0)
	tries := func() {
		for from := time.Now(); ; {
			begun := time.Now()
			res := api.Call("PATCH", "/api/users/me", `{"bio":"in vain"}`).Is(503)
			if slowest = max(slowest, time.Since(begun)); res.Header.Get("Retry-After") == "" {
				t.Error("a 503 has no Retry-After")
			}
			if time.Since(from) > lasting(15*time.Second, 0) {
				return
			}
		}
	}
	release := d.one.Hold(t, "SELECT FROM users WHERE id = $1 FOR UPDATE", tokens.User.ID)
	tries()
	release()
	d.one.Exec(t, `CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(30); RETURN new; END $$`)
	d.one.Exec(t, `CREATE TRIGGER dawdle BEFORE UPDATE ON users FOR EACH ROW WHEN (old.id = '`+tokens.User.ID+`') EXECUTE FUNCTION dawdle()`)
	tries()
	d.one.Exec(t, `DROP TRIGGER dawdle ON users`)
	r.within("it ends after", slowest, 5*time.Second+overhead)
	others := d.since(start)
	r.measured("p99 of the others %s, before the fault %s", readable(others.atWork().percentile(99)), readable(asUsual.percentile(99)))
	if long && others.atWork().percentile(99) > 2*asUsual.percentile(99) {
		t.Error("the requests of other users are slower")
	}
	r.check(others)
}

// atWork returns the requests that hash no password.
func (all requests) atWork() requests {
	return all.where(func(r rig.Request) bool { return r.What == "read" || r.What == "write" })
}

// recovers waits until all users are served again, and returns the time of the
// last response that was not a success.
func (d *deployment) recovers(t *testing.T, start time.Time) time.Time {
	t.Helper()
	d.settle(t)
	last := start // requests begun before the fault count too
	for _, r := range requests(d.load.Requests()).byUsers().unserved() {
		if end := r.Begun.Add(r.Took); end.After(last) {
			last = end
		}
	}
	return last
}

// overhead is added to a timeout of the program: on a machine of two cores, which
// the load shares, a response may arrive that much later.
const overhead = 250 * time.Millisecond
