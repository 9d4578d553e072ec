package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"stoa/platform/pg"
)

// Backlog counts the jobs of all replicas by their state.
type Backlog struct {
	Waiting   int           // ready to run
	Oldest    time.Duration // the longest time that one of these has waited
	Failing   int           // failed at least once, and will be retried
	Exhausted int           // abandoned after the last attempt, in the last week
	Refused   int           // abandoned with Final, in the last week
}

// ReadBacklog counts the jobs.
func ReadBacklog(ctx context.Context, db *pg.DB) (Backlog, error) {
	var b Backlog
	var seconds float64
	in, err := db.Schemas(ctx)
	if err != nil {
		return Backlog{}, err
	}
	err = db.QueryRow(ctx, fmt.Sprintf(`-- name: JobsBacklog :one
		SELECT count(*) FILTER (WHERE state IN ('available', 'scheduled') AND scheduled_at <= now()),
			coalesce(extract(epoch FROM now() - min(scheduled_at) FILTER (WHERE state IN ('available', 'scheduled') AND scheduled_at <= now())), 0)::float8,
			count(*) FILTER (WHERE errors IS NOT NULL AND state IN ('retryable', 'available', 'running')),
			count(*) FILTER (WHERE state = 'discarded'),
			count(*) FILTER (WHERE state = 'cancelled')
		FROM %s.river_job WHERE state <> 'completed'`, pgx.Identifier{in.Jobs}.Sanitize()),
	).Scan(&b.Waiting, &seconds, &b.Failing, &b.Exhausted, &b.Refused)
	if err != nil {
		return Backlog{}, fmt.Errorf("jobs: read the backlog: %w", err)
	}
	b.Oldest = time.Duration(seconds * float64(time.Second))
	return b, nil
}

// Failing are the jobs of a kind that have failed and will be tried again.
type Failing struct {
	Jobs   int
	Newest string // the newest error
}

// ReadFailing reads the failing jobs of a kind.
func ReadFailing(ctx context.Context, db *pg.DB, kind string) (Failing, error) {
	var f Failing
	in, err := db.Schemas(ctx)
	if err != nil {
		return Failing{}, err
	}
	err = db.QueryRow(ctx, fmt.Sprintf(`-- name: JobsFailing :one
		SELECT count(*), coalesce((array_agg(newest->>'error' ORDER BY newest->>'at' DESC))[1], '')
		FROM (SELECT errors[array_upper(errors, 1)] AS newest FROM %s.river_job
			WHERE kind = $1 AND errors IS NOT NULL AND state IN ('retryable', 'available', 'running')) AS failing`, pgx.Identifier{in.Jobs}.Sanitize()),
		kind,
	).Scan(&f.Jobs, &f.Newest)
	if err != nil {
		return Failing{}, fmt.Errorf("jobs: read the failing ones: %w", err)
	}
	return f, nil
}
