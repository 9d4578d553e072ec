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

// Schedule is a periodic job that runs sweeps.
type Schedule int

// The schedules. They are few, because each is a kind of job: during a rolling
// upgrade a replica of the release before cannot run a job of a new kind.
const (
	Hourly Schedule = iota
	HourlyFiles
	SixHourly
	Daily
)

// The arguments of the periodic jobs. Their kinds are stored in the rows.
type (
	hourly      struct{}
	hourlyFiles struct{}
	sixHourly   struct{}
	daily       struct{}
)

func (hourly) Kind() string      { return "expire_sessions" }
func (hourlyFiles) Kind() string { return "expire_files" }
func (sixHourly) Kind() string   { return "expire_tokens" }
func (daily) Kind() string       { return "retention" }

// Sweep adds sweeps to a schedule. It must be called before Start. Sweeps that
// depend on the file store belong to HourlyFiles, which fails alone when the store
// does.
func (j *Jobs) Sweep(when Schedule, sweeps ...Sweep) {
	j.sweeps[when] = append(j.sweeps[when], sweeps...)
	if len(j.sweeps[when]) > len(sweeps) {
		return // the job has its handler already
	}
	switch when {
	case Hourly:
		handleSweeps[hourly](j, when, time.Hour)
	case HourlyFiles:
		handleSweeps[hourlyFiles](j, when, time.Hour)
	case SixHourly:
		handleSweeps[sixHourly](j, when, 6*time.Hour)
	case Daily:
		handleSweeps[daily](j, when, 24*time.Hour)
	}
}

func handleSweeps[A Args](j *Jobs, when Schedule, every time.Duration) {
	Handle(j, Handler[A]{Every: every, Work: func(ctx context.Context, _ A) error {
		var failed error
		for _, s := range j.sweeps[when] { // a failing sweep does not stop the others
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
