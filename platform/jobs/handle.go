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

// Handler does the jobs of one kind. The zero value of a field but Work is a
// good one.
type Handler[A Args] struct {
	// Work does one job. An error has it done again later, up to Attempts times;
	// its text is kept in the job's row and must tell nothing personal.
	Work func(ctx context.Context, args A) error
	// Abandon is told when the last attempt has failed.
	Abandon func(ctx context.Context, args A) error
	// Attempts is how often the job is tried in all. 0: 25, which with the usual
	// Backoff is three weeks.
	Attempts int
	// Backoff is the pause after the failed attempt of that number, from 1 on.
	// nil: a second, growing with the fourth power of the attempts.
	Backoff func(attempt int) time.Duration
	// Every makes the job periodic: enqueued once in each such period by all
	// replicas together, with zero arguments.
	Every time.Duration
	// Queue is where the jobs wait that hang together, when what they depend on
	// does: each queue has workers of its own. "": the one of all others. Jobs
	// that wait in another one from before are done all the same.
	Queue string
}

const defaultAttempts = 25

// final marks an error that no other attempt would mend.
type final struct{ error }

func (f final) Unwrap() error { return f.error }

// Final returns err as one that ends the job: it is abandoned and not tried
// again.
func Final(err error) error { return final{err} }

// Later has the rest of a job done after the pause. It is no failure and counts
// as no attempt.
func Later(pause time.Duration) error { return river.JobSnooze(pause) }

// Handle has h do the jobs of kind A. It is called before Start, and also where
// jobs are only enqueued. A kind that has a handler already is a mistake in the
// wiring and panics.
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
	// Unique in its period, so that neither a second replica nor a restart, which
	// enqueues at once, makes another.
	opts.UniqueOpts = river.UniqueOpts{ByPeriod: h.Every}
	j.periodic = append(j.periodic, river.NewPeriodicJob(river.PeriodicInterval(h.Every),
		func() (river.JobArgs, *river.InsertOpts) { return args, opts },
		&river.PeriodicJobOpts{ID: args.Kind(), RunOnStart: true}))
}

// worker is a handler as River wants it.
type worker[A Args] struct {
	river.WorkerDefaults[A]
	handler Handler[A]
	jobs    *Jobs
}

// NextRetry spreads the attempts, so that what failed together does not come
// back together.
func (w *worker[A]) NextRetry(job *river.Job[A]) time.Time {
	if w.handler.Backoff == nil {
		return time.Time{} // River's own
	}
	pause := w.handler.Backoff(job.Attempt)
	return time.Now().Add(pause - time.Duration(rand.Int64N(int64(pause)/5+1))) //nolint:gosec // G404: no secret
}

// Work runs one attempt and says how it went.
func (w *worker[A]) Work(ctx context.Context, job *river.Job[A]) error {
	ctx = telemetry.With(withOrigin(ctx, job.Metadata), slog.String("job", job.Kind), slog.Int64("job_id", job.ID))
	ctx, end := w.jobs.begin(ctx, job.Kind, job.Metadata)
	start := time.Now()
	err := w.attempt(ctx, job.Args)
	took := time.Since(start)
	hopeless := errors.As(err, new(final))
	result := resultOf(err, hopeless || job.Attempt >= job.MaxAttempts)
	end(result == Done)
	w.jobs.ended(ctx, Attempt{Kind: job.Kind, Result: result, Took: took, Err: err, Refused: hopeless})
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
	if hopeless {
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

// attempt calls the handler. A panic is an error of this job and not the end of
// the program.
func (w *worker[A]) attempt(ctx context.Context, args A) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = telemetry.Recovered(cause)
			slog.LogAttrs(ctx, slog.LevelError, "panic in a job", slog.Any("error", err), telemetry.Stack())
		}
	}()
	return w.handler.Work(ctx, args)
}
