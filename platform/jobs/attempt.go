package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/riverqueue/river"
)

// Result is how an attempt at a job ended.
type Result string

// The results.
const (
	Done      Result = "done"      // also when the rest is put off by Later
	Failed    Result = "failed"    // will be tried again
	Abandoned Result = "abandoned" // will not be tried again
)

// Attempt is one at a job that has ended.
type Attempt struct {
	Kind   string
	Result Result
	Took   time.Duration
	Err    error // nil when it is done; a *telemetry.Panic when it was one
	// Refused says that it was given up by Final, and not for being the last.
	Refused bool
}

// Trace follows a job as a part of what it came from.
type Trace struct {
	// Carry returns what the job takes along of ctx.
	Carry func(ctx context.Context) string
	// Start starts an attempt at a job that carries that; what it returns ends it.
	Start func(ctx context.Context, kind, carried string) (context.Context, func(ok bool))
}

// traceKey is where a job's metadata has what it carries of a trace.
const traceKey = "trace"

func (j *Jobs) carry(ctx context.Context) string {
	if j.Trace.Carry == nil {
		return ""
	}
	return j.Trace.Carry(ctx)
}

func (j *Jobs) begin(ctx context.Context, kind string, metadata []byte) (context.Context, func(ok bool)) {
	if j.Trace.Start == nil {
		return ctx, func(bool) {}
	}
	var stored struct{ Trace string }
	_ = json.Unmarshal(metadata, &stored) // without one it is a trace of its own
	return j.Trace.Start(ctx, kind, stored.Trace)
}

// Kinds returns the kinds that have a handler.
func (j *Jobs) Kinds() []string { return slices.Sorted(maps.Keys(j.kinds)) }

func (j *Jobs) ended(ctx context.Context, a Attempt) {
	if j.Observe != nil {
		j.Observe(ctx, a)
	}
}

// resultOf returns the result of an attempt that ended with err; last says that
// no other attempt follows a failure.
func resultOf(err error, last bool) Result {
	switch {
	case err == nil || errors.As(err, new(*river.JobSnoozeError)):
		return Done
	case last:
		return Abandoned
	}
	return Failed
}
