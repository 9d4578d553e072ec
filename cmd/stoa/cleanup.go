package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"stoa/domain/audit"
	"stoa/platform/jobs"
)

// The periodic jobs, by the names under which their rows are stored.
type (
	expireSessions struct{}
	expireTokens   struct{}
	expireFiles    struct{}
	retention      struct{}
)

func (expireSessions) Kind() string { return "expire_sessions" }
func (expireTokens) Kind() string   { return "expire_tokens" }
func (expireFiles) Kind() string    { return "expire_files" }
func (retention) Kind() string      { return "retention" }

// sweep deletes what is over, at most so many rows, and says how many it were.
type sweep func(ctx context.Context, most int32) (int64, error)

// cleanup has what is over deleted.
func (c *core) cleanup() {
	periodic[expireSessions](c.jobs, time.Hour, map[string]sweep{"sessions": c.sessions.ExpireBrowsers})
	periodic[expireTokens](c.jobs, 6*time.Hour, map[string]sweep{
		"token_families": c.sessions.ExpireFamilies, "tokens": c.sessions.ExpireTokens, "links": c.onetime.Expire, "limits": c.limits.Expire,
	})
	periodic[expireFiles](c.jobs, time.Hour, map[string]sweep{"avatars": c.avatars.Sweep})
	periodic[retention](c.jobs, 24*time.Hour, map[string]sweep{
		"audit_entries": func(ctx context.Context, most int32) (int64, error) { return audit.Expire(ctx, c.conn, most) },
		"letters":       c.mailer.Expire, "letters_given_up": c.mailer.AbandonOverdue, "reset_requests": c.accounts.ExpireResetRequests,
	})
}

func periodic[A jobs.Args](j *jobs.Jobs, every time.Duration, sweeps map[string]sweep) {
	jobs.Handle(j, jobs.Handler[A]{Every: every, Work: func(ctx context.Context, _ A) error {
		var failed error
		for what, one := range sweeps { // one that fails keeps no other from its work
			more, err := sweepAll(ctx, what, one)
			if failed = errors.Join(failed, err); more && failed == nil {
				return jobs.Later(sweepPause)
			}
		}
		return failed
	}})
}

const (
	// sweepMost is how many rows one statement deletes: few enough that nobody
	// waits for it.
	sweepMost = 1000
	// sweepTime is how long one job deletes. A large backlog takes several.
	sweepTime = 8 * time.Second
	// sweepPause is between those.
	sweepPause = time.Second
)

// sweepAll deletes until nothing is left, in small statements, and logs how much it
// was. It reports whether there is more than fits into the job's time.
func sweepAll(ctx context.Context, what string, one sweep) (more bool, err error) {
	var total int64
	defer func() { slog.InfoContext(ctx, "swept", "what", what, "deleted", total) }()
	for start := time.Now(); ; {
		n, err := one(ctx, sweepMost)
		total += n
		if err != nil || n < sweepMost {
			return false, err
		}
		if time.Since(start) > sweepTime {
			return true, nil
		}
	}
}
