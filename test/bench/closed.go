package main

import (
	"context"
	"slices"
	"sync"
	"time"
)

// connections is how many clients there are at once.
const connections = 32

// candidate is one thing that is measured: a server, and the visitors that
// keep it busy.
type candidate struct {
	name     string
	server   *process
	visitors []*visitor
	rounds   []sample
}

// sample is what one round has measured.
type sample struct {
	count   int
	elapsed time.Duration
	server  time.Duration     // processor time
	pg      time.Duration     // processor time of the database
	visits  [][]time.Duration // how long each answer took, by visitor
}

func (s sample) perSecond() float64 { return float64(s.count) / s.elapsed.Seconds() }

// perSecondWithin is perSecond of the answers that came within span. Visitors
// ask without a pause, so that the times of their answers add up.
func (s sample) perSecondWithin(span time.Duration) float64 {
	var count int
	var last time.Duration
	for _, took := range s.visits {
		var at time.Duration
		for _, one := range took {
			if at += one; at > span {
				break
			}
			count++
			last = max(last, at)
		}
	}
	return float64(count) / last.Seconds()
}

// cpu returns the processor time of one request, server and database.
func (s sample) cpu() time.Duration { return (s.server + s.pg) / time.Duration(max(1, s.count)) }

// round keeps the server busy for span: each visitor asks again as soon as it
// has its answer.
func (c *candidate) round(ctx context.Context, postgres int, span time.Duration) (sample, error) {
	before, err := c.times(postgres)
	if err != nil {
		return sample{}, err
	}
	begun := time.Now()
	s, errs := sample{visits: make([][]time.Duration, len(c.visitors))}, make([]error, len(c.visitors))
	var all sync.WaitGroup
	for i, v := range c.visitors {
		all.Go(func() { s.visits[i], errs[i] = repeat(ctx, v, begun.Add(span)) })
	}
	all.Wait()
	s.elapsed = time.Since(begun)
	for _, took := range s.visits {
		s.count += len(took)
	}
	after, err := c.times(postgres)
	s.server, s.pg = after.server-before.server, after.pg-before.pg
	return s, first(append(errs, err))
}

// first returns the first error: when a server fails, all its visitors say the
// same.
func first(errs []error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// repeat asks until the end and returns how long each answer took.
func repeat(ctx context.Context, v *visitor, end time.Time) ([]time.Duration, error) {
	var took []time.Duration
	for begun := time.Now(); begun.Before(end) && ctx.Err() == nil; {
		if err := v.call(); err != nil {
			return nil, err
		}
		now := time.Now()
		took = append(took, now.Sub(begun))
		begun = now
	}
	return took, ctx.Err()
}

func (c *candidate) times(postgres int) (s sample, err error) {
	if s.server, err = processTime(c.server.pid()); err != nil {
		return s, err
	}
	s.pg, err = familyTime(postgres)
	return s, err
}

// warmUp is how long a candidate runs before it counts.
const warmUp = 300 * time.Millisecond

// interleave measures the candidates in turns, so that a bad moment of the
// machine meets all of them.
func interleave(ctx context.Context, postgres, rounds int, span time.Duration, all ...*candidate) error {
	for _, c := range all {
		if _, err := c.round(ctx, postgres, warmUp); err != nil {
			return err
		}
	}
	for turn := range rounds {
		for i := range all {
			c := all[(i+turn)%len(all)] // nobody always follows the same one
			s, err := c.round(ctx, postgres, span)
			if err != nil {
				return err
			}
			c.rounds = append(c.rounds, s)
		}
	}
	return nil
}

// median of the rounds of what is measured by of.
func (c *candidate) median(of func(sample) float64) float64 {
	values := make([]float64, len(c.rounds))
	for i, s := range c.rounds {
		values[i] = of(s)
	}
	return median(values)
}

// ratio returns the median of this candidate's rounds, each divided by the
// yardstick's round beside it.
func (c *candidate) ratio(yard *candidate, of func(sample) float64) float64 {
	values := make([]float64, len(c.rounds))
	for i := range c.rounds {
		values[i] = of(c.rounds[i]) / of(yard.rounds[i])
	}
	return median(values)
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	if n := len(sorted); n%2 == 0 {
		return (sorted[n/2-1] + sorted[n/2]) / 2
	}
	return sorted[len(sorted)/2]
}

// quantile of the times, which it sorts; 0.5 is the median.
func quantile(took []time.Duration, q float64) time.Duration {
	if len(took) == 0 {
		return 0
	}
	slices.Sort(took)
	return took[min(len(took)-1, int(q*float64(len(took))))]
}
