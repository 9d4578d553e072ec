package main

import (
	"context"
	"slices"
	"sync"
	"time"

	"stoa/test/rig"
)

// connections is the number of concurrent clients.
const connections = 32

// candidate is one subject of the measurement: a server and the visitors that
// keep it busy.
type candidate struct {
	name     string
	server   *rig.App
	visitors []*visitor
	rounds   []sample
}

// sample is the result of one round.
type sample struct {
	count   int
	elapsed time.Duration
	server  time.Duration     // processor time
	pg      time.Duration     // processor time of the database
	visits  [][]time.Duration // response times, by visitor
}

func (s sample) perSecond() float64 { return float64(s.count) / s.elapsed.Seconds() }

// perSecondWithin returns the responses per second within span. Visitors send
// without a pause, so their response times add up to the elapsed time.
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

func (s sample) serverCPU() time.Duration { return s.server / time.Duration(max(1, s.count)) }

// round keeps the server busy for span: each visitor sends its next request as
// soon as it has the response.
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

// first returns the first error. When a server fails, all its visitors return
// the same error.
func first(errs []error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// repeat sends requests until the end and returns the response times.
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
	if s.server, err = processTime(c.server.PID()); err != nil {
		return s, err
	}
	s.pg, err = familyTime(postgres)
	return s, err
}

// warmUp is how long a candidate runs before it is measured.
const warmUp = 300 * time.Millisecond

// interleave measures the candidates in turns, so that other load on the
// machine affects all of them.
func interleave(ctx context.Context, postgres, rounds int, span time.Duration, all ...*candidate) error {
	for _, c := range all {
		if _, err := c.round(ctx, postgres, warmUp); err != nil {
			return err
		}
	}
	for turn := range rounds {
		for i := range all {
			c := all[(i+turn)%len(all)] // the order changes in each round
			s, err := c.round(ctx, postgres, span)
			if err != nil {
				return err
			}
			c.rounds = append(c.rounds, s)
		}
	}
	return nil
}

// median returns the median of the rounds, by the value that of returns.
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

// quantile returns a quantile of the times and sorts them; 0.5 is the median.
func quantile(took []time.Duration, q float64) time.Duration {
	if len(took) == 0 {
		return 0
	}
	slices.Sort(took)
	return took[min(len(took)-1, int(q*float64(len(took))))]
}
