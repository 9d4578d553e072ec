package jobs

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/riverqueue/river"

	"stoa/platform/telemetry"
)

// Handler runs the jobs of one kind. All fields but Work are optional.
type Handler[A Args] struct {
	// Work runs one job. After an error it runs again later, up to Attempts times
	// in all. The error's text is stored in the job's row and must not contain
	// personal data.
	Work func(ctx context.Context, args A) error
	// Abandon is called when the last attempt has failed.
	Abandon func(ctx context.Context, args A) error
	// Attempts is the maximum number of attempts. 0: 25, which is three weeks with
	// the default Backoff.
	Attempts int
	// Backoff returns the pause after failed attempt number attempt; the first is 1.
	// nil: attempt to the fourth power, in seconds.
	Backoff func(attempt int) time.Duration
	// Timeout is how long one attempt may take. 0: attemptTimeout. Work that may take
	// longer, because an external server may, also needs a Queue.
	Timeout time.Duration
	// Every makes the job periodic: all replicas together enqueue it once in each
	// such period, with zero arguments.
	Every time.Duration
	// Queue is the queue of the jobs. Each queue has its own workers, so jobs that
	// hang, because an external server does, delay only jobs of the same queue. "":
	// the default queue. Jobs that an earlier release put into another queue run too.
	Queue string
}

const defaultAttempts = 25

// final marks an error that a retry cannot fix.
type final struct{ error }

func (f final) Unwrap() error { return f.error }

// Final wraps err so that the job is abandoned without another attempt.
func Final(err error) error { return final{err} }

// Later returns an error that runs the job again after the pause, for the rest of
// its work. It is not a failure and does not count as an attempt.
func Later(pause time.Duration) error { return river.JobSnooze(pause) }

// Handle registers h for the jobs of kind A. It must be called before Start, and
// also in processes that only enqueue jobs. It panics when the kind has a handler
// already, which is a programming error.
func Handle[A Args](j *Jobs, h Handler[A]) {
	if h.Attempts == 0 {
		h.Attempts = defaultAttempts
	}
	var args A
	river.AddWorker(j.workers, &worker[A]{handler: h, jobs: j})
	opts := &river.InsertOpts{MaxAttempts: h.Attempts, Queue: cmp.Or(h.Queue, river.QueueDefault)}
	j.kinds[args.Kind()] = opts
	j.queues[opts.Queue] = river.QueueConfig{MaxWorkers: workersMax}
	if h.Every == 0 {
		return
	}
	// Unique in its period: a second replica, or a restart, which enqueues the job
	// immediately, does not add another one.
	opts.UniqueOpts = river.UniqueOpts{ByPeriod: h.Every}
	j.periodic = append(j.periodic, river.NewPeriodicJob(river.PeriodicInterval(h.Every),
		func() (river.JobArgs, *river.InsertOpts) { return args, opts },
		&river.PeriodicJobOpts{ID: args.Kind(), RunOnStart: true}))
}

// worker implements River's interface with a handler.
type worker[A Args] struct {
	river.WorkerDefaults[A]
	handler Handler[A]
	jobs    *Jobs
}

// NextRetry returns the time of the next attempt. It varies the pause by up to 20%,
// so that jobs that failed together do not all run again at the same time.
func (w *worker[A]) NextRetry(job *river.Job[A]) time.Time {
	if w.handler.Backoff == nil {
		return time.Time{} // River's default
	}
	pause := w.handler.Backoff(job.Attempt)
	return time.Now().Add(pause - time.Duration(rand.Int64N(int64(pause)/5+1))) //nolint:gosec // G404: no secret
}

// Work runs one attempt, logs it and reports it to the observer.
func (w *worker[A]) Work(ctx context.Context, job *river.Job[A]) error {
	ctx = telemetry.With(withOrigin(ctx, job.Metadata), slog.String("job", job.Kind), slog.Int64("job_id", job.ID))
	ctx, end := w.jobs.startTrace(ctx, job.Kind, job.Metadata)
	start := time.Now()
	stop := w.keepAlive(ctx, job)
	err := w.attempt(ctx, job.Args)
	stop()
	took := time.Since(start)
	isFinal := errors.As(err, new(final))
	result := resultOf(err, isFinal || job.Attempt >= job.MaxAttempts)
	end(result == Done)
	w.jobs.observe(ctx, Attempt{Kind: job.Kind, Result: result, Took: took, Err: err, Refused: isFinal})
	attrs := []slog.Attr{slog.Int("attempt", job.Attempt), slog.Duration("took", took)}
	if result == Done {
		slog.LogAttrs(ctx, slog.LevelDebug, "job done", attrs...)
		return err
	}
	attrs = append(attrs, slog.Any("error", err))
	if result == Failed {
		slog.LogAttrs(ctx, slog.LevelWarn, "job failed and will be tried again", attrs...)
		return err
	}
	slog.LogAttrs(ctx, slog.LevelError, "job abandoned", attrs...)
	if failure := w.abandon(ctx, job.Args); failure != nil {
		return failure
	}
	if isFinal {
		return river.JobCancel(err)
	}
	return err
}

func (w *worker[A]) abandon(ctx context.Context, args A) error {
	if w.handler.Abandon == nil {
		return nil
	}
	return w.handler.Abandon(ctx, args)
}

// attempt calls the handler. It returns a panic as the error of this job, so that
// the program continues.
func (w *worker[A]) attempt(ctx context.Context, args A) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = telemetry.Recovered(cause)
			slog.LogAttrs(ctx, slog.LevelError, "panic in a job", slog.Any("error", err), telemetry.Stack())
		}
	}()
	return w.handler.Work(ctx, args)
}
