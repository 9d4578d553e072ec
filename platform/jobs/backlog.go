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
