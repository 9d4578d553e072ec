// Package jobs runs work outside of requests: enqueued in the transaction of
// the act that it follows from, done by any replica, done again when it fails
// or its process dies. It is River on our pool, behind the little of it that we
// need.
//
// A job's arguments and errors are rows that are kept a while: ids, never a
// token, an address or a secret.
package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"stoa/platform/pg"
	"stoa/platform/telemetry"
)

// Args say what a job is about; they are stored as JSON. Kind names what does
// the job and is never changed once there are such jobs in a database.
type Args interface{ Kind() string }

// Jobs enqueues jobs, and does them once started.
type Jobs struct {
	Config
	enqueuer *river.Client[pgx.Tx]
	workers  *river.Workers
	kinds    map[string]*river.InsertOpts
	queues   map[string]river.QueueConfig
	periodic []*river.PeriodicJob
	running  atomic.Pointer[river.Client[pgx.Tx]]
}

// Config is what Jobs needs.
type Config struct {
	DB *pg.DB
	// Observe, when set, is called after each attempt that ends in this process.
	// The log lines of its context carry the job and its origin.
	Observe func(context.Context, Attempt)
	Trace   Trace
}

// New returns Jobs without a handler; Handle adds handlers.
func New(c Config) (*Jobs, error) {
	enqueuer, err := river.NewClient(riverpgxv5.New(c.DB.Pool()), &river.Config{Schema: pg.JobsSchema, Logger: logger()})
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	return &Jobs{
		Config: c, enqueuer: enqueuer, workers: river.NewWorkers(), kinds: map[string]*river.InsertOpts{},
		queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: workersMax}},
	}, nil
}

// Insert enqueues a job in the caller's transaction: it exists if, and only
// when, that commits. The log lines of the job carry the request and the person
// of ctx.
func (j *Jobs) Insert(ctx context.Context, tx *pg.Tx, args Args) error {
	known, ok := j.kinds[args.Kind()]
	if !ok {
		return fmt.Errorf("jobs: nobody does %s", args.Kind())
	}
	opts := *known
	metadata, err := json.Marshal(map[string]any{originKey: telemetry.Values(ctx), traceKey: j.carry(ctx)})
	if err != nil {
		return fmt.Errorf("jobs: %w", err)
	}
	opts.Metadata = metadata
	if _, err := j.enqueuer.InsertTx(ctx, tx.Tx, args, &opts); err != nil {
		return fmt.Errorf("jobs: enqueue %s: %w", args.Kind(), err)
	}
	return nil
}

// originKey is where a job's metadata says which request it comes from.
const originKey = "origin"

// withOrigin returns a context whose log lines carry what those of the job's
// request carried.
func withOrigin(ctx context.Context, metadata []byte) context.Context {
	var stored struct{ Origin map[string]string }
	if json.Unmarshal(metadata, &stored) != nil {
		return ctx // a periodic job's, or one of another hand: it has no origin
	}
	var attrs []slog.Attr
	for name, value := range stored.Origin {
		attrs = append(attrs, slog.String(name, value))
	}
	return telemetry.With(ctx, attrs...)
}

// How long one attempt at a job may take, and after which time a job whose
// process has vanished is taken up by another: every 30 s River looks for jobs
// that have run for longer than rescueAfter. So a killed job runs again within
// a minute, and rescueAfter is above every attempt that still lives.
const (
	attemptTimeout = 15 * time.Second
	rescueAfter    = 20 * time.Second
)
