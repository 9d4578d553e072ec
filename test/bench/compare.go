package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"stoa/test/rig"
)

// dearest is the largest ratio of costs that counts as no dearer than before.
const dearest = 1.05

// build is one of the two builds that are compared, on a database of its own.
type build struct {
	app   *rig.App
	users []user
	storm stormLoad
}

// newBuild starts a build on a new database, which its own migrations and its own
// seed fill.
func (s *environment) newBuild(name, binary string) build {
	db := s.database(name)
	b := build{app: s.serve(binary, high, db)}
	s.seed(binary, name, s.settings.With(db))
	b.users = createUsers(s.t, b.app)
	b.storm = newStormLoad(b.app, b.users)
	return b
}

// compare measures this build and the build of an older commit in turns, and prints
// the ratios of their costs.
func compare(t testing.TB, p plan) {
	s, r := newEnvironment(t, p), newReport(os.Stdout)
	now, before := s.newBuild("now", s.binary), s.newBuild("before", release(t, p.before))
	rows := [][]string{{"line", "now", "before", "ratio", "95 % interval", fmt.Sprintf("≤ %g", dearest)}}
	for _, one := range []struct {
		name string
		of   func(name string, on *rig.App, users []user) *candidate
	}{
		{"dashboard", func(name string, on *rig.App, users []user) *candidate { return dashboards(name, on, users) }},
		{"profile", profiles},
		{"me", callsOfMe},
		{"refresh", refreshes},
	} {
		if !p.measures(one.name) {
			continue
		}
		r.progress("%s", one.name)
		a, b := one.of("now", now.app, now.users), one.of("before", before.app, before.users)
		if err := interleave(t.Context(), s.postgres, p.rounds, p.pages, a, b); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, compared(one.name+", CPU/request", a.each(sample.cpu), b.each(sample.cpu)),
			compared(one.name+", server alone", a.each(sample.serverCPU), b.each(sample.serverCPU)))
	}
	if p.measures("storm") {
		r.progress("storm")
		rows = append(rows, s.compareStorms(t.Context(), now, before, p)...)
	}
	r.progress("\n%s, this build beside %s, %d pairs", time.Now().Format(time.DateOnly), p.before, p.rounds)
	r.table(rows)
}

// measures reports whether the part is to be measured.
func (p plan) measures(part string) bool { return strings.Contains(part, p.only) }

// each returns a cost of one request, by round.
func (c *candidate) each(cost func(sample) time.Duration) []float64 {
	costs := make([]float64, len(c.rounds))
	for i, s := range c.rounds {
		costs[i] = float64(cost(s))
	}
	return costs
}

// compareStorms compares pages and sign-ins in a sign-in storm.
func (s *environment) compareStorms(ctx context.Context, now, before build, p plan) [][]string {
	pages, signIns := map[*rig.App][]float64{}, map[*rig.App][]float64{}
	pair := []build{now, before}
	for range p.rounds {
		for _, b := range pair {
			o, rate, err := s.storm(ctx, b.storm, p)
			if err != nil {
				s.t.Fatal(err)
			}
			pages[b.app] = append(pages[b.app], float64(quantile(o.took, 0.99)))
			signIns[b.app] = append(signIns[b.app], float64(time.Second)/rate)
		}
		slices.Reverse(pair) // the order changes from pair to pair
	}
	return [][]string{
		compared("storm, p99 of the dashboard", pages[now.app], pages[before.app]),
		compared("storm, time per sign-in", signIns[now.app], signIns[before.app]),
	}
}

// compared returns the line of a table about costs, as times, of rounds in pairs.
func compared(line string, now, before []float64) []string {
	ratios := make([]float64, len(now))
	for i := range now {
		ratios[i] = now[i] / before[i]
	}
	low, high := interval(ratios)
	verdict := "unsure"
	if high <= dearest {
		verdict = "ok"
	} else if low > dearest {
		verdict = "DEARER"
	}
	return []string{
		line, inMicroseconds(time.Duration(median(now))), inMicroseconds(time.Duration(median(before))),
		fmt.Sprintf("%.3f", median(ratios)), fmt.Sprintf("%.3f to %.3f", low, high), verdict,
	}
}

// interval returns the bounds of the confidence interval of the median: the ratios
// of two ranks, by the sign test. The confidence is 95 % or more from 6 ratios on.
func interval(ratios []float64) (low, high float64) {
	sorted, n := slices.Sorted(slices.Values(ratios)), len(ratios)
	skipped, chance := 0, math.Exp2(-float64(n)) // that the median is below the first ratio
	for tail := chance; ; skipped++ {
		chance *= float64(n-skipped) / float64(skipped+1)
		if tail += chance; 2*tail > 0.05 {
			return sorted[skipped], sorted[n-1-skipped]
		}
	}
}
