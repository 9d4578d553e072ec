package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"stoa/domain/audit"
	"stoa/platform/jobs"
)

// The arguments of the periodic jobs. Their kinds are stored in the rows.
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

// sweep deletes expired rows, limit at most, and returns how many it deleted.
type sweep func(ctx context.Context, limit int32) (int64, error)

// cleanup registers the periodic jobs, which delete expired rows and files.
func (c *core) cleanup() {
	periodic[expireSessions](c.jobs, time.Hour, map[string]sweep{"sessions": c.sessions.ExpireBrowsers})
	periodic[expireTokens](c.jobs, 6*time.Hour, map[string]sweep{
		"token_families": c.sessions.ExpireFamilies, "tokens": c.sessions.ExpireTokens, "links": c.onetime.Expire, "limits": c.limits.Expire,
	})
	periodic[expireFiles](c.jobs, time.Hour, map[string]sweep{"avatars": c.avatars.Sweep})
	periodic[retention](c.jobs, 24*time.Hour, map[string]sweep{
		"audit_entries": func(ctx context.Context, limit int32) (int64, error) { return audit.Expire(ctx, c.conn, limit) },
		"letters":       c.mailer.Expire, "letters_given_up": c.mailer.AbandonOverdue, "reset_requests": c.accounts.ExpireResetRequests,
	})
}

// periodic registers a job that runs the sweeps at the interval every.
func periodic[A jobs.Args](j *jobs.Jobs, every time.Duration, sweeps map[string]sweep) {
	jobs.Handle(j, jobs.Handler[A]{Every: every, Work: func(ctx context.Context, _ A) error {
		var failed error
		for what, one := range sweeps { // a failing sweep does not stop the others
			more, err := sweepAll(ctx, what, one)
			if failed = errors.Join(failed, err); more && failed == nil {
				return jobs.Later(sweepPause)
			}
		}
		return failed
	}})
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

// sweepAll deletes in batches until no expired rows are left, and logs their
// number. It reports whether sweepTime ended first.
func sweepAll(ctx context.Context, what string, one sweep) (more bool, err error) {
	var total int64
	defer func() { slog.InfoContext(ctx, "swept", "what", what, "deleted", total) }()
	for start := time.Now(); ; {
		n, err := one(ctx, sweepBatch)
		total += n
		if err != nil || n < sweepBatch {
			return false, err
		}
		if time.Since(start) > sweepTime {
			return true, nil
		}
	}
}
