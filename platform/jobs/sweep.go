package jobs

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// Sweep deletes expired rows of one kind.
type Sweep struct {
	What string // the name in the log
	// Delete deletes up to most expired rows, and returns how many it deleted.
	Delete func(ctx context.Context, most int32) (int64, error)
}

const (
	// sweepBatch is how many rows one statement deletes, few enough that its
	// locks do not delay requests.
	sweepBatch = 1000
	// sweepTime is how long one run of a job may delete. A large backlog takes
	// several runs.
	sweepTime = 8 * time.Second
	// sweepPause is the time between those runs.
	sweepPause = time.Second
)

// HandleSweeps registers a periodic job of kind A, which runs the sweeps.
func HandleSweeps[A Args](j *Jobs, every time.Duration, sweeps ...Sweep) {
	Handle(j, Handler[A]{Every: every, Work: func(ctx context.Context, _ A) error {
		var failed error
		for _, s := range sweeps { // a failing sweep does not stop the others
			more, err := s.run(ctx)
			if failed = errors.Join(failed, err); more && failed == nil {
				return Later(sweepPause)
			}
		}
		return failed
	}})
}

// run deletes in batches until no expired rows are left, and logs their number.
// It reports whether sweepTime ended first.
func (s Sweep) run(ctx context.Context) (more bool, err error) {
	var total int64
	defer func() { slog.InfoContext(ctx, "swept", "what", s.What, "deleted", total) }()
	for start := time.Now(); ; {
		n, err := s.Delete(ctx, sweepBatch)
		total += n
		if err != nil || n < sweepBatch {
			return false, err
		}
		if time.Since(start) > sweepTime {
			return true, nil
		}
	}
}
