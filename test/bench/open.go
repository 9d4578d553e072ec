package main

import (
	"context"
	"runtime"
	"sync"
	"time"
)

// inTime is how late an answer may be and still count as served.
const inTime = time.Second

// offered is what became of requests that came at a fixed rate.
type offered struct {
	planned int
	served  int             // rightly and in time
	took    []time.Duration // of those that were answered rightly, from when they were due
}

// share of the offered requests that were served.
func (o offered) share() float64 { return float64(o.served) / float64(o.planned) }

// offer sends requests at a fixed rate, however slowly answers come, as the
// world does: a server that stalls does not make its visitors wait at home.
// The time of an answer counts from when its request was due, so that a stall
// is seen by all whom it hits (the mistake called coordinated omission).
func offer(ctx context.Context, visitors []*visitor, rate int, span time.Duration) (offered, error) {
	o := offered{planned: int(span.Seconds() * float64(rate))}
	due := make(chan time.Time, o.planned)
	took := make([][]time.Duration, len(visitors))
	var all sync.WaitGroup
	for i, v := range visitors {
		all.Go(func() { took[i] = answerDue(v, due) })
	}
	announceDue(ctx, due, o.planned, span)
	all.Wait()
	for _, some := range took {
		o.took = append(o.took, some...)
	}
	for _, one := range o.took {
		if one <= inTime {
			o.served++
		}
	}
	return o, ctx.Err()
}

// announceDue says when each request is due, at that time. It has a thread of
// its own and the system's clock, finer than the runtime's timers.
func announceDue(ctx context.Context, due chan<- time.Time, count int, span time.Duration) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(due)
	begun := time.Now()
	for i := range count {
		at := begun.Add(span * time.Duration(i) / time.Duration(count))
		sleep(time.Until(at))
		if ctx.Err() != nil {
			return
		}
		due <- at
	}
}

// answerDue sends the requests that are due and returns how long each took that
// was answered rightly.
func answerDue(v *visitor, due <-chan time.Time) (took []time.Duration) {
	for at := range due {
		if v.call() == nil {
			took = append(took, time.Since(at))
		}
	}
	return took
}
