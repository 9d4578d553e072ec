package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"stoa/platform/pg"
)

const (
	// workersMax is how many jobs of a queue a replica does at once. They hold a
	// connection of the pool for moments only.
	workersMax = 8
	// stopTimeout is how long jobs at work may take to finish when the program
	// stops; then their contexts end, and they are done again later.
	stopTimeout = attemptTimeout
)

// How long jobs that are over are kept, for a look at what happened.
const (
	keepDone      = 24 * time.Hour
	keepAbandoned = 7 * 24 * time.Hour
)

// Start begins to do jobs, in the background, until Stop.
func (j *Jobs) Start(ctx context.Context) error {
	client, err := river.NewClient(riverpgxv5.New(j.DB.Pool()), &river.Config{
		Schema: pg.JobsSchema, Logger: logger(), Workers: j.workers, PeriodicJobs: j.periodic,
		Queues:     j.queues,
		JobTimeout: attemptTimeout, RescueStuckJobsAfter: rescueAfter, SoftStopTimeout: stopTimeout,
		CompletedJobRetentionPeriod: keepDone, CancelledJobRetentionPeriod: keepAbandoned, DiscardedJobRetentionPeriod: keepAbandoned,
		// Rebuilding indexes is for their owner, which the program's role is not.
		ReindexerIndexNames: []string{},
		// Behind a pooler nobody hears a NOTIFY: new jobs are looked for each second.
		PollOnly: j.DB.Pooled(),
	})
	if err != nil {
		return fmt.Errorf("jobs: %w", err)
	}
	// Not ended by ctx, which ends when the program is told to stop: requests in
	// flight finish first, and then Stop is called.
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("jobs: start: %w", err)
	}
	j.running.Store(client)
	return nil
}

// Stop takes up no more jobs, waits for those at work and gives back those that
// do not end in time. A job is never lost. Without Start it does nothing.
func (j *Jobs) Stop(ctx context.Context) error {
	client := j.running.Load()
	if client == nil {
		return nil
	}
	if err := client.Stop(ctx); err != nil {
		return fmt.Errorf("jobs: stop: %w", err)
	}
	return nil
}

// State returns ok while jobs are done here, off when they never were, and
// stopped after Stop.
func (j *Jobs) State() string {
	client := j.running.Load()
	if client == nil {
		return "off"
	}
	select {
	case <-client.Stopped():
		return "stopped"
	default:
		return "ok"
	}
}
