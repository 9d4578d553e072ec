package jobs

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/go-json-experiment/json/v1"
	"github.com/riverqueue/river"
)

// Result is how an attempt at a job ended.
type Result string

// The results.
const (
	Done      Result = "done"      // also after Later
	Failed    Result = "failed"    // will be retried
	Abandoned Result = "abandoned" // will not be retried
)

// Attempt is a finished attempt at a job.
type Attempt struct {
	Kind   string
	Result Result
	Took   time.Duration
	Err    error // nil when done; a *telemetry.Panic after a panic
	// Refused is set when the job was abandoned with Final, not after the last
	// attempt.
	Refused bool
}

// Trace continues the trace of a request in the jobs that it enqueues.
type Trace struct {
	// Carry returns the trace of ctx, which is stored with the job.
	Carry func(ctx context.Context) string
	// Start starts the span of an attempt. The returned function ends it.
	Start func(ctx context.Context, kind, carried string) (context.Context, func(ok bool))
}

// traceKey is the metadata key for the trace of the request.
const traceKey = "trace"

func (j *Jobs) carryTrace(ctx context.Context) string {
	if j.Trace.Carry == nil {
		return ""
	}
	return j.Trace.Carry(ctx)
}

func (j *Jobs) startTrace(ctx context.Context, kind string, metadata []byte) (context.Context, func(ok bool)) {
	if j.Trace.Start == nil {
		return ctx, func(bool) {}
	}
	var stored struct{ Trace string }
	_ = json.Unmarshal(metadata, &stored) // without a trace, the job starts a new one
	return j.Trace.Start(ctx, kind, stored.Trace)
}

// Kinds returns the kinds that have a handler.
func (j *Jobs) Kinds() []string { return slices.Sorted(maps.Keys(j.kinds)) }

func (j *Jobs) observe(ctx context.Context, a Attempt) {
	if j.Observe != nil {
		j.Observe(ctx, a)
	}
}

// resultOf returns the result of an attempt that returned err. last is set when a
// failure has no retry.
func resultOf(err error, last bool) Result {
	switch {
	case err == nil || errors.As(err, new(*river.JobSnoozeError)):
		return Done
	case last:
		return Abandoned
	}
	return Failed
}
