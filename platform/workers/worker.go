package workers

import (
	"cmp"
	"time"
)

// worker is a thread of the lowest priority, and what the pool knows of it. The mutex
// of the pool protects it.
type worker struct {
	job  *job // nil: it has none, or the job is run again elsewhere
	from time.Time
	// used returns the processor time of the thread. It is nil on systems without
	// priorities of threads.
	used   func() time.Duration
	before time.Duration // used when the job began
}

// work passes one job after another to a thread of the lowest priority. The thread
// never takes the mutex of the pool: while it gets no processor time, it would hold up
// every caller. sync.Mutex even hands itself to the one that has waited longest.
func (p *Pool) work(w *worker) {
	clocks, jobs, done := make(chan func() time.Duration), make(chan *job), make(chan struct{})
	p.running.Go(func() {
		clocks <- lowerPriority()
		for j := range jobs {
			j.run()
			done <- struct{}{}
		}
	})
	defer close(jobs)
	used := <-clocks
	p.mu.Lock()
	w.used = used
	p.mu.Unlock()
	for j := p.take(w); j != nil; j = p.take(w) {
		jobs <- j
		<-done
	}
}

// take waits for a job. It returns nil when the pool is closed.
func (p *Pool) take(w *worker) *job {
	p.mu.Lock()
	defer p.mu.Unlock()
	w.job = nil
	for !p.closed {
		if j, ok := p.queue.Pop(anyJob); ok {
			w.begin(j)
			return j
		}
		p.queued.Wait()
	}
	return nil
}

func (w *worker) begin(j *job) {
	w.job, w.from = j, time.Now()
	if w.used != nil {
		w.before = w.used()
	}
}

// starves reports whether the worker's job has run for the time and has had the
// processor for less than half of it. A job that is merely long does not starve.
func (w *worker) starves(patience time.Duration) bool {
	if w.job == nil || w.job.left || w.used == nil {
		return false
	}
	running := time.Since(w.from)
	return running >= patience && w.used()-w.before < running/2
}

// relieve starts the goroutine of the usual priority when a job needs it.
func (p *Pool) relieve() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.startRelief()
}

// startRelief is relieve for a caller that has locked the pool. There is only one
// such goroutine, so that pages keep the rest of the processors.
func (p *Pool) startRelief() {
	if p.relief || p.closed {
		return
	}
	j := p.overdue()
	if j == nil {
		return
	}
	p.relief = true
	p.running.Go(func() {
		for ; j != nil; j = p.nextOverdue() {
			j.run()
		}
	})
}

// nextOverdue returns the next job for the goroutine of the usual priority, or nil,
// which ends it.
func (p *Pool) nextOverdue() *job {
	p.mu.Lock()
	defer p.mu.Unlock()
	j := p.overdue()
	p.relief = j != nil
	return j
}

// overdue returns a job for the goroutine of the usual priority: one that starves on
// a worker, or the next of the queue when the oldest job has waited for Turn. A starving job begins again, because an unprivileged process cannot
// raise the priority of a thread (setpriority(2)).
func (p *Pool) overdue() *job {
	for _, w := range p.workers {
		if w.starves(p.Patience) {
			j := w.job
			w.job = nil
			return j
		}
	}
	if p.queue.Any(func(j *job) bool { return time.Since(j.since) >= cmp.Or(p.Turn, p.Patience) }) {
		j, _ := p.queue.Pop(anyJob)
		return j
	}
	return nil
}
