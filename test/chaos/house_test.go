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

// house is two replicas behind the sample nginx, and people at work there.
type house struct {
	one, two *rig.App
	front    *rig.Proxies
	nginx    *rig.Process
	load     *rig.Load
}

// newHouse starts the replicas on a database and has people go to work, 50 in
// the long form: each does a round of two or three requests and rests a while.
// They stop before the replicas do, and every acknowledged write is looked up.
func newHouse(t *testing.T, db pgserver.URLs, env ...rig.Env) *house {
	t.Helper()
	h := &house{front: rig.NewProxies(t)}
	h.one = rig.StartOn(t, db, append([]rig.Env{h.front.Env(), {"LOG_LEVEL": "info"}}, env...)...)
	h.two = h.one.Replica(t)
	h.nginx = h.front.Nginx(t, h.one, h.two)
	// Errors are what the faults are for. Panics and races never are.
	h.one.Log.Forgive()
	h.two.Log.Forgive()
	people, rest := 6, 50*time.Millisecond
	if long {
		people, rest = 50, 500*time.Millisecond
	}
	h.load = rig.StartLoad(t, h.one, people, rest)
	t.Cleanup(func() { h.load.Stop(t) })
	return h
}

// settle has everything work for a while, and returns what was asked meanwhile.
func (h *house) settle(t *testing.T) requests {
	t.Helper()
	start := time.Now()
	h.load.GoOn(t)
	pass(t, start, lasting(5*time.Second, 0))
	return h.since(start)
}

// pass returns when so much time has gone by since start.
func pass(t *testing.T, start time.Time, span time.Duration) {
	t.Helper()
	select {
	case <-time.After(time.Until(start.Add(span))):
	case <-t.Context().Done():
	}
}

// since returns what was begun after start and has been answered.
func (h *house) since(start time.Time) requests {
	return requests(h.load.Requests()).where(func(r rig.Request) bool { return r.Begun.After(start) })
}

// felt waits until somebody who began after start was not served.
func (h *house) felt(t *testing.T, start time.Time) {
	t.Helper()
	rig.Await(t, "somebody to feel the fault", func() bool { return len(h.since(start).people().unserved()) > 0 })
}

// judge adds to the row how many were asked, and fails the test when somebody
// got neither what they asked for nor a proper refusal: a 503 that says when
// to come back. That includes whoever is taken for somebody else.
func (r *row) judge(seen requests) {
	r.t.Helper()
	seen = seen.people()
	r.measured("%d requests, %d of them refused, %d broken", len(seen), len(seen.refused()), len(seen.broken()))
	if broken := seen.broken(); len(broken) > 0 {
		r.t.Errorf("neither served nor refused:\n%s", broken)
	}
}

// requests are what people asked, for the questions that rows are about.
type requests []rig.Request

// before returns those that were begun earlier.
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

// live are the looks at /health/live, and people the others.
func (all requests) live() requests {
	return all.where(func(r rig.Request) bool { return r.What == "live" })
}

func (all requests) people() requests {
	return all.where(func(r rig.Request) bool { return r.What != "live" })
}

func (all requests) refused() requests { return all.where(rig.Request.Refused) }

func (all requests) unserved() requests {
	return all.where(func(r rig.Request) bool { return !r.Served() })
}

// broken are those that got neither what they asked for nor a proper refusal.
func (all requests) broken() requests {
	return all.where(func(r rig.Request) bool { return !r.Served() && !r.Refused() })
}

// last returns when the last of them was begun, or none.
func (all requests) last(none time.Time) time.Time {
	for _, r := range all {
		if r.Begun.After(none) {
			none = r.Begun
		}
	}
	return none
}

// percentile returns the time within which so many of a hundred were answered.
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
