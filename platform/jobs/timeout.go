package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
)

// attemptTimeout is how long one attempt may take, unless its handler has a Timeout.
// River rescues jobs of killed processes: every 30 s it searches for jobs that began
// rescueAfter ago. So such a job runs again within a minute. An attempt that may take
// longer than attemptTimeout renews its beginning every aliveEvery.
const (
	attemptTimeout = 15 * time.Second
	rescueAfter    = 20 * time.Second
	aliveEvery     = 5 * time.Second
)

// Timeout returns the timeout of an attempt for River, or 0 for attemptTimeout. River
// asks when the attempt begins, and again for a job that has not renewed its beginning:
// its process is gone, so that it must not wait for the timeout of the handler.
func (w *worker[A]) Timeout(job *river.Job[A]) time.Duration {
	if job.AttemptedAt != nil && time.Since(*job.AttemptedAt) > rescueAfter {
		return 0
	}
	return w.handler.Timeout
}

// keepAlive renews the beginning of an attempt that may take long, until the returned
// function is called. So River does not start a second attempt beside it.
func (w *worker[A]) keepAlive(ctx context.Context, job *river.Job[A]) (stop func()) {
	if w.handler.Timeout <= attemptTimeout {
		return func() {}
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var renewing sync.WaitGroup
	renewing.Go(func() {
		ticks := time.NewTicker(aliveEvery)
		defer ticks.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticks.C:
				w.renew(ctx, job)
			}
		}
	})
	return func() {
		cancel()
		renewing.Wait()
	}
}

func (w *worker[A]) renew(ctx context.Context, job *river.Job[A]) {
	_, err := w.jobs.DB.Exec(ctx, fmt.Sprintf(`-- name: JobsRenew :exec
		UPDATE %s.river_job SET attempted_at = now() WHERE id = $1 AND attempt = $2 AND state = 'running'`,
		pgx.Identifier{w.jobs.schema}.Sanitize()), job.ID, job.Attempt)
	if err != nil && ctx.Err() == nil {
		slog.WarnContext(ctx, "a long job is not renewed and may run twice", "error", err)
	}
}
