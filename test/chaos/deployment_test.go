package chaos

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"stoa/platform/pgserver"
	"stoa/test/rig"
)

// deployment is two replicas behind the sample nginx, under the load of users.
type deployment struct {
	one, two *rig.App
	proxies  *rig.Proxies
	nginx    *rig.Process
	load     *rig.Load
}

// newDeployment starts the replicas on a database, and the load: 50 users in the
// long form, who each send two or three requests and pause. The load stops before
// the replicas do, and then every acknowledged write is checked.
func newDeployment(t *testing.T, db pgserver.URLs, env ...rig.Env) *deployment {
	t.Helper()
	d := &deployment{proxies: rig.NewProxies(t)}
	d.one = rig.StartOn(t, db, append([]rig.Env{d.proxies.Env(), {"LOG_LEVEL": "info"}}, env...)...)
	d.two = d.one.Replica(t)
	d.nginx = d.proxies.Nginx(t, d.one, d.two)
	// The faults cause errors in the log. Panics and data races still fail the test.
	d.one.Log.Forgive()
	d.two.Log.Forgive()
	users, rest := 6, 50*time.Millisecond
	if long {
		users, rest = 50, 500*time.Millisecond
	}
	d.load = rig.StartLoad(t, d.one, users, rest)
	t.Cleanup(func() { d.load.Stop(t) })
	return d
}

// settle waits until all users are served, continues the load for a while, and
// returns the requests of that time.
func (d *deployment) settle(t *testing.T) requests {
	t.Helper()
	start := time.Now()
	d.load.GoOn(t)
	pass(t, start, lasting(5*time.Second, 0))
	return d.since(start)
}

// pass waits until the span since start is over.
func pass(t *testing.T, start time.Time, span time.Duration) {
	t.Helper()
	select {
	case <-time.After(time.Until(start.Add(span))):
	case <-t.Context().Done():
	}
}

// since returns the finished requests that began after start.
func (d *deployment) since(start time.Time) requests {
	return requests(d.load.Requests()).where(func(r rig.Request) bool { return r.Begun.After(start) })
}

// awaitFailure waits until a request that began after start has failed.
func (d *deployment) awaitFailure(t *testing.T, start time.Time) {
	t.Helper()
	rig.Await(t, "a request to fail", func() bool { return len(d.since(start).byUsers().unserved()) > 0 })
}

// check adds the number of requests to the row, and fails the test when one was
// neither served nor refused by a 503 with Retry-After. A page of another user
// counts as not served.
func (r *row) check(seen requests) {
	r.t.Helper()
	seen = seen.byUsers()
	r.measured("%d requests, %d of them refused, %d broken", len(seen), len(seen.refused()), len(seen.broken()))
	if broken := seen.broken(); len(broken) > 0 {
		r.t.Errorf("neither served nor refused:\n%s", broken)
	}
}

// requests are the finished requests of a load.
type requests []rig.Request

// before returns the requests that began before end.
func (all requests) before(end time.Time) requests {
	return all.where(func(r rig.Request) bool { return r.Begun.Before(end) })
}

func (all requests) where(holds func(rig.Request) bool) requests {
	var found requests
	for _, r := range all {
		if holds(r) {
			found = append(found, r)
		}
	}
	return found
}

// live returns the requests to /health/live, and byUsers the others.
func (all requests) live() requests {
	return all.where(func(r rig.Request) bool { return r.What == "live" })
}

func (all requests) byUsers() requests {
	return all.where(func(r rig.Request) bool { return r.What != "live" })
}

func (all requests) refused() requests { return all.where(rig.Request.Refused) }

func (all requests) unserved() requests {
	return all.where(func(r rig.Request) bool { return !r.Served() })
}

// broken returns the requests that were neither served nor refused by a 503 with
// Retry-After.
func (all requests) broken() requests {
	return all.where(func(r rig.Request) bool { return !r.Served() && !r.Refused() })
}

// last returns the time at which the last of the requests began, or none.
func (all requests) last(none time.Time) time.Time {
	for _, r := range all {
		if r.Begun.After(none) {
			none = r.Begun
		}
	}
	return none
}

// percentile returns the time within which p of 100 requests got a response.
func (all requests) percentile(p int) time.Duration {
	if len(all) == 0 {
		return 0
	}
	var times []time.Duration
	for _, r := range all {
		times = append(times, r.Took)
	}
	slices.Sort(times)
	return times[min(len(times)-1, len(times)*p/100)]
}

func (all requests) String() string {
	kinds := map[string]int{}
	for _, r := range all {
		kinds[strings.TrimSpace(fmt.Sprintf("%s %d %s", r.What, r.Status, r.Wrong))]++
	}
	var lines []string
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		lines = append(lines, fmt.Sprintf("%d × %s", kinds[kind], kind))
	}
	return strings.Join(lines, "\n")
}
