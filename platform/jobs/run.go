package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
)

const (
	// workersMax is how many jobs of a queue a replica runs concurrently. A job uses
	// a connection of the pool only for short times.
	workersMax = 8
	// stopTimeout is how long running jobs may take to finish when the program stops.
	// Then their contexts end, and the jobs run again later. It is as long as stopping
	// processes usually get, because a mail server that has not replied yet would
	// receive a second copy.
	stopTimeout = 25 * time.Second
)

// How long finished jobs are kept, for operators.
const (
	keepDone      = 24 * time.Hour
	keepAbandoned = 7 * 24 * time.Hour
)

// Start runs jobs in the background, until Stop.
func (j *Jobs) Start(ctx context.Context) error {
	client, err := river.NewClient(riverpgxv5.New(j.DB.Pool()), &river.Config{
		Schema: j.schema, Logger: logger(), Workers: j.workers, PeriodicJobs: j.periodic,
		Queues:     j.queues,
		JobTimeout: attemptTimeout, RescueStuckJobsAfter: rescueAfter, SoftStopTimeout: stopTimeout,
		CompletedJobRetentionPeriod: keepDone, CancelledJobRetentionPeriod: keepAbandoned, DiscardedJobRetentionPeriod: keepAbandoned,
		// Only the owner may rebuild indexes; the program's role is not the owner.
		ReindexerIndexNames: []string{},
		// LISTEN does not work with a pooler: River then polls for new jobs every
		// second.
		PollOnly: j.DB.Pooled(),
	})
	if err != nil {
		return fmt.Errorf("jobs: %w", err)
	}
	// ctx ends when the program must stop. The jobs do not end with it: first the
	// current requests finish, and then Stop is called.
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("jobs: start: %w", err)
	}
	j.running.Store(client)
	return nil
}

// Stop starts no more jobs and waits for the running ones. Jobs that do not finish
// in time return to the queue, so that no job is lost. Without Start it does
// nothing.
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

// State returns "ok" while this process runs jobs, "off" before Start, and "stopped"
// after Stop.
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
