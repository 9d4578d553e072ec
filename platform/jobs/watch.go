package jobs

import (
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

// Watch has tell be told of each attempt that ends here. It is called before
// Start.
func (j *Jobs) Watch(tell func(kind string, result Result, took time.Duration)) { j.watch = tell }

// Kinds returns the kinds that have a handler.
func (j *Jobs) Kinds() []string { return slices.Sorted(maps.Keys(j.kinds)) }

func (j *Jobs) ended(kind string, result Result, took time.Duration) {
	if j.watch != nil {
		j.watch(kind, result, took)
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
