// Package workers runs CPU-intensive work on a few threads of the lowest priority,
// behind a bounded queue. Without the priority and the queue, many such jobs would
// take the processors from all other requests.
//
// It is our own because a library's pool or semaphore bounds the work and not its
// priority. During 32 concurrent sign-ins the slowest pages (p99) then took 500 to
// 1,000 ms in three other programs, and 5 ms with these threads.
package workers

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"
)

// Processors is the number of processors that the program may use: those of the
// machine, or of the container's quota. It is read before the server raises
// GOMAXPROCS.
var Processors = runtime.GOMAXPROCS(0)

// ErrBusy is returned for a job that was not run: the queue is full, the job waited
// too long, its context ended first, or the pool is closed.
var ErrBusy = errors.New("busy")

// Pool is a number of workers with a bounded queue.
type Pool struct {
	Config
	waiting chan struct{} // one slot for each waiting caller
	jobs    chan func()   // unbuffered, to a free worker
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

// Close refuses new and waiting jobs with ErrBusy, and returns when the running jobs
// are done.
func (p *Pool) Close() {
	p.close()
	p.workers.Wait()
}

// Do runs the job on a worker and returns when it is done, even if the context has
// ended meanwhile. It returns ErrBusy when the job was not run. The unbuffered
// channel passes jobs in the order of arrival. A caller that stops waiting leaves no
// job in the channel.
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
	err := p.assign(ctx, func() { defer close(done); job() })
	<-p.waiting
	if err == nil {
		<-done
	}
	return err
}

// assign waits for a free worker and passes it the job.
func (p *Pool) assign(ctx context.Context, job func()) error {
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
	lowerPriority()
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
