package audit

import (
	"context"
	"time"

	"stoa/db"
	"stoa/domain/userdata"
	"stoa/platform/jobs"
	"stoa/platform/pg"
)

// Register registers the sweep of old entries, and the part of a user's
// data.
func Register(conn *pg.DB, queue *jobs.Jobs, parts *userdata.Parts) {
	queue.Sweep(jobs.Daily, jobs.Sweep{
		What: "audit_entries", Delete: func(ctx context.Context, most int32) (int64, error) { return Expire(ctx, conn, most) },
	})
	parts.Add(userdata.Part{
		Name: "events", Shown: "the security events of your account", Tables: []string{"audit_entries"}, Export: Export,
		Kept: "entries are the proof of what happened; they hold ids, and retention deletes them",
	})
}

// retention is how long entries are kept: a year and some weeks, so that a season
// can be compared with the same season of the year before. The database refuses
// to delete younger entries.
const retention = 400 * 24 * time.Hour

// Expire deletes up to most entries that are older than retention, and returns
// how many it deleted.
func Expire(ctx context.Context, conn db.DBTX, most int32) (int64, error) {
	return queries.AuditExpire(ctx, conn, db.AuditExpireParams{Keep: retention, Most: most})
}
