// Package jobs runs work outside of requests. A job is enqueued in the transaction
// that causes it. Any replica runs it, and it runs again when it fails or its
// process is killed. The package uses River with our pool and has only the features
// that we need.
//
// The arguments and errors of a job are stored in the database for days: they may
// contain ids, but no token, email address or secret.
package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"

	"github.com/go-json-experiment/json/v1"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"stoa/platform/pg"
	"stoa/platform/telemetry"
)

// Args are the arguments of a job, stored as JSON. Kind selects the handler and must
// not change once such jobs are stored.
type Args interface{ Kind() string }

// Jobs enqueues jobs, and runs them after Start.
type Jobs struct {
	Config
	schema   string // of River's tables
	enqueuer *river.Client[pgx.Tx]
	workers  *river.Workers
	kinds    map[string]*river.InsertOpts
	queues   map[string]river.QueueConfig
	periodic []*river.PeriodicJob
	sweeps   map[Schedule][]Sweep
	running  atomic.Pointer[river.Client[pgx.Tx]]
}

// Config has the database of Jobs and optional hooks.
type Config struct {
	DB *pg.DB
	// Observe, when set, is called after each attempt in this process. Log lines with
	// its context have the job and the request that enqueued it.
	Observe func(context.Context, Attempt) `wiring:"optional"`
	Trace   Trace
}

// New returns Jobs without a handler; Handle adds handlers.
func New(ctx context.Context, c Config) (*Jobs, error) {
	in, err := c.DB.Schemas(ctx)
	if err != nil {
		return nil, err
	}
	enqueuer, err := river.NewClient(riverpgxv5.New(c.DB.Pool()), &river.Config{Schema: in.Jobs, Logger: logger()})
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	return &Jobs{
		Config: c, schema: in.Jobs, enqueuer: enqueuer, workers: river.NewWorkers(), kinds: map[string]*river.InsertOpts{}, sweeps: map[Schedule][]Sweep{},
		queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: workersMax}},
	}, nil
}

// Insert enqueues a job in the caller's transaction: the job exists after the
// commit, and not before. The log lines of the job have the request and the user of
// ctx.
func (j *Jobs) Insert(ctx context.Context, tx *pg.Tx, args Args) error {
	known, ok := j.kinds[args.Kind()]
	if !ok {
		return fmt.Errorf("jobs: no handler for %s", args.Kind())
	}
	opts := *known
	metadata, err := json.Marshal(map[string]any{originKey: telemetry.Values(ctx), traceKey: j.carryTrace(ctx)})
	if err != nil {
		return fmt.Errorf("jobs: %w", err)
	}
	opts.Metadata = metadata
	if _, err := j.enqueuer.InsertTx(ctx, tx.Tx, args, &opts); err != nil {
		return fmt.Errorf("jobs: enqueue %s: %w", args.Kind(), err)
	}
	return nil
}

// originKey is the metadata key for the request that enqueued the job.
const originKey = "origin"

// withOrigin returns a context with the log attributes of the request that enqueued
// the job.
func withOrigin(ctx context.Context, metadata []byte) context.Context {
	var stored struct{ Origin map[string]string }
	if json.Unmarshal(metadata, &stored) != nil {
		return ctx // a periodic job, or one inserted by SQL, has no origin
	}
	var attrs []slog.Attr
	for name, value := range stored.Origin {
		attrs = append(attrs, slog.String(name, value))
	}
	return telemetry.With(ctx, attrs...)
}
