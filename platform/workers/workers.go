// Package workers does heavy work on a few threads of the lowest priority, in
// front of which callers queue. Without both, a storm of such work takes the
// processors from every other request.
package workers

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"
)

// Processors is how many the program may use: the machine's, or those of a
// container's quota. It is read before the server takes more for its pages.
var Processors = runtime.GOMAXPROCS(0)

// ErrBusy is why a job was not done: too many wait, it waited too long, its
// context ended before its turn, or the pool is closed.
var ErrBusy = errors.New("busy")

// Pool is some workers with a bounded queue.
type Pool struct {
	Config
	waiting chan struct{} // one place for each caller that waits
	jobs    chan func()   // handed over to a worker that is free
	quit    chan struct{}
	close   func()
	workers sync.WaitGroup
}

// Config is the size of a Pool.
type Config struct {
	Workers    int
	MaxWaiting int           // callers that may wait for a worker at the same time
	MaxWait    time.Duration // longest time that a caller waits for a worker
}

// New returns a Pool and starts its workers. Close ends them.
func New(c Config) *Pool {
	p := &Pool{
		Config: c, waiting: make(chan struct{}, c.MaxWaiting), jobs: make(chan func()), quit: make(chan struct{}),
	}
	p.close = sync.OnceFunc(func() { close(p.quit) })
	for range c.Workers {
		p.workers.Go(p.work)
	}
	return p
}

// Close lets no further caller in and returns when the jobs under way are done.
// Those who wait are refused as when the queue is full.
func (p *Pool) Close() {
	p.close()
	p.workers.Wait()
}

// Do has a worker do the job and returns when it is done, whatever the context
// says by then. It refuses with ErrBusy, and then has done nothing. The channel
// without a buffer hands jobs over in the order of arrival, and a caller that
// gives up waiting leaves nothing behind.
func (p *Pool) Do(ctx context.Context, job func()) error {
	if err := ctx.Err(); err != nil {
		return busy(err)
	}
	select {
	case p.waiting <- struct{}{}:
	default:
		return busy(errors.New("queue full"))
	}
	done := make(chan struct{})
	err := p.hand(ctx, func() { defer close(done); job() })
	<-p.waiting
	if err == nil {
		<-done
	}
	return err
}

// hand waits for a worker that takes the job.
func (p *Pool) hand(ctx context.Context, job func()) error {
	timeout := time.NewTimer(p.MaxWait)
	defer timeout.Stop()
	select {
	case p.jobs <- job:
		return nil
	case <-ctx.Done():
		return busy(ctx.Err())
	case <-timeout.C:
		return busy(errors.New("waited too long"))
	case <-p.quit:
		return busy(errors.New("stopping"))
	}
}

func (p *Pool) work() {
	yieldToOthers()
	for {
		select {
		case job := <-p.jobs:
			job()
		case <-p.quit:
			return
		}
	}
}

func busy(why error) error { return fmt.Errorf("%w: %w", ErrBusy, why) }
