package jobs_test

import (
	"context"
	"testing"
	"time"

	"stoa/platform/jobs"
	"stoa/platform/pg/pgtest"
	"stoa/platform/waittest"
)

// An attempt of a handler with a long timeout does not count as lost while it runs.
func TestHandle_LongTimeout(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	deadlines, finish := make(chan time.Duration, 9), make(chan bool)
	j := newJobs(t, jobs.Config{DB: db.DB}, jobs.Handler[errand]{Timeout: time.Hour, Work: func(ctx context.Context, _ errand) error {
		at, _ := ctx.Deadline()
		deadlines <- time.Until(at)
		<-finish
		return nil
	}})
	start(t, j)
	insert(t, db.DB, j, 1)
	if left := await(t, "the attempt", deadlines); left < 50*time.Minute {
		t.Errorf("the attempt has %s, want an hour", left)
	}
	const begun = "SELECT attempted_at FROM river.river_job WHERE kind = 'errand'"
	first := ask[time.Time](t, db.DB, begun)
	waittest.Until(t, "the renewal", func() bool { return ask[time.Time](t, db.DB, begun).After(first) })
	close(finish)
	waittest.Until(t, "its completion", func() bool {
		return ask[string](t, db.DB, "SELECT state::text FROM river.river_job WHERE kind = 'errand'") == "completed"
	})
	if len(deadlines) != 0 {
		t.Error("the job ran twice")
	}
}

// After its process is gone, a job runs again without waiting for its long timeout.
func TestHandle_LongTimeoutOfAKilledProcess(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	done := make(chan int, 1)
	j := newJobs(t, jobs.Config{DB: db.DB}, jobs.Handler[errand]{
		Timeout: time.Hour, Backoff: func(int) time.Duration { return time.Millisecond },
		Work: func(_ context.Context, e errand) error { done <- e.Number; return nil },
	})
	_, err := db.Exec(t.Context(), `INSERT INTO river.river_job (kind, args, state, attempt, max_attempts, attempted_at, attempted_by)
		VALUES ('errand', '{"number": 7}', 'running', 1, 3, now() - interval '1 minute', ARRAY['killed'])`)
	if err != nil {
		t.Fatal(err)
	}
	start(t, j)
	await(t, "the second attempt", done)
}
