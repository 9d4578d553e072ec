package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"stoa/test/rig"
)

// stormWarmUp is how long a storm runs before it is measured. The pool opens
// connections meanwhile, which uses much processor time.
const stormWarmUp = 2 * time.Second

// stormResult is the result of one round of pages and sign-ins.
type stormResult struct {
	quiet, stormy, busy offered // pages: alone, during sign-ins, during plain hashes
	signedIn            float64 // sign-ins per second
	possible            float64 // plain hashes per second, during the same pages
}

// signInStorm measures the delay of pages while 32 clients sign in without pause, and
// the rate of those sign-ins. The yardstick of both is plain bcrypt in another
// process while the same pages are served, with one thread of the usual priority and
// the others of the lowest.
func signInStorm(ctx context.Context, s *environment, p plan, r *report) error {
	var rounds []stormResult
	load := newStormLoad(s.stoa, s.users)
	if _, err := load.signIns.round(ctx, s.postgres, stormWarmUp); err != nil {
		return err
	}
	for range p.rounds {
		w, err := s.measureStorm(ctx, load, p)
		if err != nil {
			return err
		}
		rounds = append(rounds, w)
	}
	quiet, stormy := p99(rounds, func(w stormResult) offered { return w.quiet }), p99(rounds, func(w stormResult) offered { return w.stormy })
	r.add("dashboard p99 in the storm, beside quiet", inMilliseconds(stormy), inMilliseconds(quiet), float64(stormy)/float64(quiet), atMost(3))
	busy := p99(rounds, func(w stormResult) offered { return w.busy })
	r.add("the same, beside the one during plain hashes of another process", inMilliseconds(stormy), inMilliseconds(busy), float64(stormy)/float64(busy), atMost(1.2))
	r.value("page requests served in the storm", 100*least(rounds), " %", atLeast(95))
	of := func(what func(stormResult) float64) float64 {
		values := make([]float64, len(rounds))
		for i, w := range rounds {
			values[i] = what(w)
		}
		return median(values)
	}
	r.add("sign-ins a second in the storm",
		fmt.Sprintf("%.1f", of(func(w stormResult) float64 { return w.signedIn })),
		fmt.Sprintf("%.1f", of(func(w stormResult) float64 { return w.possible })),
		of(func(w stormResult) float64 { return w.signedIn / w.possible }), atLeast(0.95))
	return nil
}

// stormLoad has the clients of a storm: readers of pages, and clients that sign
// in.
type stormLoad struct {
	readers []*visitor
	signIns *candidate
}

func newStormLoad(on *rig.App, users []user) stormLoad {
	// Twice as many readers as users, so that a reader is free when a page is
	// late.
	return stormLoad{dashboards("readers", on, slices.Concat(users, users)).visitors, signIns("storm sign-ins", on, users)}
}

// measureStorm measures one round of each kind.
func (s *environment) measureStorm(ctx context.Context, k stormLoad, p plan) (w stormResult, err error) {
	if w.quiet, err = offer(ctx, k.readers, p.rate, p.storm); err != nil {
		return w, err
	}
	if w.stormy, w.signedIn, err = s.storm(ctx, k, p); err != nil {
		return w, err
	}
	w.busy, err = beside(ctx, k, p, func() error {
		var err error
		w.possible, err = s.hashRate(p.storm, p.cost)
		return err
	})
	return w, err
}

// storm sends page requests at a fixed rate during sign-ins, and returns the pages
// and the sign-ins per second.
func (s *environment) storm(ctx context.Context, k stormLoad, p plan) (o offered, rate float64, err error) {
	o, err = beside(ctx, k, p, func() error {
		in, err := k.signIns.round(ctx, s.postgres, p.storm)
		rate = in.perSecondWithin(p.storm)
		return err
	})
	return o, rate, err
}

// beside sends page requests at a fixed rate while do runs.
func beside(ctx context.Context, k stormLoad, p plan, do func() error) (offered, error) {
	done := make(chan error, 1)
	go func() { done <- do() }()
	o, err := offer(ctx, k.readers, p.rate, p.storm)
	return o, first([]error{<-done, err})
}

// p99 returns the median over the rounds of the 99th percentile of page times.
func p99(rounds []stormResult, of func(stormResult) offered) time.Duration {
	values := make([]float64, len(rounds))
	for i, w := range rounds {
		values[i] = float64(quantile(of(w).took, 0.99))
	}
	return time.Duration(median(values))
}

// least returns the smallest share of page requests served during a storm.
func least(rounds []stormResult) float64 {
	share := 1.0
	for _, w := range rounds {
		share = min(share, w.stormy.share())
	}
	return share
}
