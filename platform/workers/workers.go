// Package workers runs CPU-intensive work on a few threads of the lowest priority,
// behind a bounded queue that is fair between users and clients. Without the
// priority and the queue, many such jobs would take the processors from all other
// requests.
//
// Threads of the lowest priority alone get no processor time while other requests
// use every processor. One more goroutine, of the usual priority, therefore runs the
// jobs that wait too long. It is the share that this work is guaranteed, and no more
// than that.
//
// The package is our own because a library's pool or semaphore bounds the work and
// not its priority. During 32 concurrent sign-ins the slowest pages (p99) then took
// 500 to 1,000 ms in three other programs, and 5 ms with these threads.
package workers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"stoa/platform/fair"
)

// Processors is the number of processors that the program may use: those of the
// machine, or of the container's quota. It is read before the server raises
// GOMAXPROCS.
var Processors = runtime.GOMAXPROCS(0)

// ErrBusy is returned for a job that was not run: the queue is full, the job waited
// too long, its context ended first, or the pool is closed.
var ErrBusy = errors.New("busy")

var (
	errStopping = errors.New("stopping")
	errFull     = errors.New("queue full")
)

// refusalPause is how long the refusal by a full queue takes: a client that is
// refused immediately retries immediately, and such retries take the processor from
// the jobs. Only as many refusals pause as jobs may wait, because each of them
// occupies a slot of the server.
const refusalPause = 500 * time.Millisecond

// Pool is a number of workers with a bounded queue.
type Pool struct {
	Config

	mu      sync.Mutex
	queue   fair.Queue[*job]
	queued  sync.Cond // a job was queued, or the pool was closed
	workers []*worker
	relief  bool // the goroutine of the usual priority runs
	closed  bool
	running sync.WaitGroup
	paused  chan struct{} // one element for each refusal that pauses
}

// Config is the size of a Pool.
type Config struct {
	Workers    int           // threads of the lowest priority
	MaxWaiting int           // jobs that may wait, of all users and clients together
	MaxWait    time.Duration // longest time that a job waits
	// Patience is how long a job may run nearly without processor time before the
	// goroutine of the usual priority runs it a second time, beside the first. With 0
	// and no Workers that goroutine runs every job, once.
	Patience time.Duration
	// Turn is how long a job may wait before the goroutine of the usual priority takes
	// one; Patience when 0.
	Turn time.Duration
}

// job is one call of Do.
type job struct {
	key     fair.Key
	since   time.Time
	run     func()
	refused chan error // why the job will not run
	left    bool       // its caller has gone; the mutex of the pool protects it
}

func anyJob(*job) bool { return true }

// New returns a Pool and starts its workers. Close ends them.
func New(c Config) *Pool {
	p := &Pool{Config: c, paused: make(chan struct{}, c.MaxWaiting)}
	p.queued.L = &p.mu
	for range c.Workers {
		w := &worker{}
		p.workers = append(p.workers, w)
		p.running.Go(func() { p.work(w) })
	}
	return p
}

// Close refuses new and waiting jobs with ErrBusy, and returns when the running jobs
// are done.
func (p *Pool) Close() {
	p.mu.Lock()
	p.closed = true
	for j, ok := p.queue.Pop(anyJob); ok; j, ok = p.queue.Pop(anyJob) {
		j.refused <- busy(errStopping)
	}
	p.queued.Broadcast()
	p.mu.Unlock()
	p.running.Wait()
}

// Do runs work on the pool and returns its result. The fair.Key of the context
// decides its turn. Do returns ErrBusy when the work was not run, and when the
// context ends before the work does: the work is not interrupted, and its result is
// dropped.
func Do[T any](ctx context.Context, p *Pool, work func() T) (result T, err error) {
	if err := ctx.Err(); err != nil {
		return result, busy(err)
	}
	results := make(chan T, 2) // the work may run twice
	j := &job{key: fair.From(ctx), since: time.Now(), run: func() { results <- work() }, refused: make(chan error, 1)}
	p.add(j)
	defer p.leave(j)
	timeout := time.NewTimer(p.MaxWait)
	defer timeout.Stop()
	overdue := time.NewTicker(cmp.Or(p.Turn, p.Patience, p.MaxWait))
	defer overdue.Stop()
	for {
		select {
		case result = <-results:
			return result, nil
		case err = <-j.refused:
			if errors.Is(err, errFull) {
				p.pause(ctx)
			}
			return result, err
		case <-ctx.Done():
			return result, busy(ctx.Err())
		case <-timeout.C:
			if p.withdraw(j) {
				return result, busy(errors.New("waited too long"))
			}
		case <-overdue.C:
			p.relieve()
		}
	}
}

// add queues the job. A full queue refuses the newest job of its longest line.
func (p *Pool) add(j *job) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		j.refused <- busy(errStopping)
		return
	}
	p.queue.Push(j.key, j)
	if p.queue.Len() > p.MaxWaiting {
		p.queue.Shed().refused <- busy(errFull)
	}
	p.queued.Signal()
	p.startRelief()
}

// pause delays a refusal.
func (p *Pool) pause(ctx context.Context) {
	select {
	case p.paused <- struct{}{}:
	default:
		return
	}
	defer func() { <-p.paused }()
	timer := time.NewTimer(refusalPause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// withdraw removes a job that has not begun, and reports whether it did.
func (p *Pool) withdraw(j *job) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.queue.Remove(j.key, j)
}

// leave ends the call of a job.
func (p *Pool) leave(j *job) {
	p.mu.Lock()
	defer p.mu.Unlock()
	j.left = true
	p.queue.Remove(j.key, j)
}

func busy(why error) error { return fmt.Errorf("%w: %w", ErrBusy, why) }
