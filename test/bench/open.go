package main

import (
	"context"
	"runtime"
	"sync"
	"time"
)

// servedWithin is the latest that a response may arrive and still count as served.
const servedWithin = time.Second

// offered is the result of requests sent at a fixed rate.
type offered struct {
	planned int
	served  int             // correct responses that arrived in time
	took    []time.Duration // of the correct responses, from the time that their request was due
}

// share returns the served part of the offered requests.
func (o offered) share() float64 { return float64(o.served) / float64(o.planned) }

// offer sends requests at a fixed rate, however slow the responses are: real
// clients do not wait for each other. A response time counts from the time that
// the request was due, so that a stall shows in every delayed response (this
// avoids coordinated omission).
func offer(ctx context.Context, visitors []*visitor, rate int, span time.Duration) (offered, error) {
	o := offered{planned: int(span.Seconds() * float64(rate))}
	due := make(chan time.Time, o.planned)
	took := make([][]time.Duration, len(visitors))
	var all sync.WaitGroup
	for i, v := range visitors {
		all.Go(func() { took[i] = sendDue(v, due) })
	}
	announceDue(ctx, due, o.planned, span)
	all.Wait()
	for _, some := range took {
		o.took = append(o.took, some...)
	}
	for _, one := range o.took {
		if one <= servedWithin {
			o.served++
		}
	}
	return o, ctx.Err()
}

// announceDue sends on the channel when a request is due. It uses a thread of its
// own and the system clock, which is finer than the runtime's timers.
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

// sendDue sends the requests that are due and returns the times of the correct
// responses.
func sendDue(v *visitor, due <-chan time.Time) (took []time.Duration) {
	for at := range due {
		if v.call() == nil {
			took = append(took, time.Since(at))
		}
	}
	return took
}
