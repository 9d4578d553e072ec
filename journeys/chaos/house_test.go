package chaos

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"stoa/journeys"
	"stoa/platform/pg/server"
)

// house is two replicas behind the sample nginx, and people at work there.
type house struct {
	t        *testing.T
	one, two *journeys.App
	front    *journeys.Front
	nginx    *journeys.Process
	load     *journeys.Load
}

// newHouse starts the replicas on a database and has people go to work, 50 in
// the long form: each does a round of two or three requests and rests a while.
func newHouse(t *testing.T, db server.URLs, env ...journeys.Env) *house {
	t.Helper()
	h := &house{t: t, front: journeys.NewFront(t)}
	h.one = journeys.StartOn(t, db, append([]journeys.Env{h.front.Env(), {"LOG_LEVEL": "info"}}, env...)...)
	h.two = h.one.Replica(t)
	h.nginx = h.front.Nginx(t, h.one, h.two)
	// Errors are what the faults are for. Panics and races never are.
	h.one.Log.Forgive()
	h.two.Log.Forgive()
	people, rest := 6, 50*time.Millisecond
	if long {
		people, rest = 50, 500*time.Millisecond
	}
	h.load = journeys.StartLoad(t, h.one, people, rest)
	return h
}

// settle has everything work for a while.
func (h *house) settle() {
	h.t.Helper()
	start := time.Now()
	h.load.GoOn(h.t)
	journeys.Await(h.t, "a while of work", func() bool { return time.Since(start) > lasting(5*time.Second, 0) })
}

// refusal waits for the fault to be felt, by somebody who began after start.
func (h *house) refusal(start time.Time) {
	h.t.Helper()
	journeys.Await(h.t, "somebody to feel the fault", func() bool { return len(h.unserved(start)) > 0 })
}

// unserved returns what people have asked in vain since start.
func (h *house) unserved(start time.Time) requests {
	return requests(h.load.Requests()).people().where(func(r journeys.Request) bool {
		return !r.Served() && r.Begun.After(start)
	})
}

// judge ends the load and holds it to what every fault has in common: each
// acknowledged write is there, and who was not served was refused properly.
// It returns all requests.
func (h *house) judge(r *row) requests {
	h.t.Helper()
	all := requests(h.load.Stop(h.t))
	r.measured("%d requests, %d refused, %d broken", len(all), len(all.refused()), len(all.broken()))
	if broken := all.broken(); len(broken) > 0 {
		h.t.Errorf("neither served nor refused:\n%s", broken)
	}
	return all
}

// requests are what people asked, for the questions that rows are about.
type requests []journeys.Request

// during returns those that were begun in a span of time.
func (all requests) during(from, to time.Time) requests {
	return all.where(func(r journeys.Request) bool { return !r.Begun.Before(from) && r.Begun.Before(to) })
}

func (all requests) where(holds func(journeys.Request) bool) requests {
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
	return all.where(func(r journeys.Request) bool { return r.What == "live" })
}

func (all requests) people() requests {
	return all.where(func(r journeys.Request) bool { return r.What != "live" })
}

func (all requests) served() requests  { return all.where(journeys.Request.Served) }
func (all requests) refused() requests { return all.where(journeys.Request.Refused) }

// broken are those that got neither what they asked for nor a proper refusal.
func (all requests) broken() requests {
	return all.where(func(r journeys.Request) bool { return !r.Served() && !r.Refused() })
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
