package audit

import (
	"context"
	"time"

	"stoa/db"
)

// retention is how long entries are kept: a year, so that a season can be compared
// with the one before, and some weeks in which to do it. The database refuses to
// let go of younger ones.
const retention = 400 * 24 * time.Hour

// Expire deletes entries older than that, at most so many, and returns how many
// it deleted.
func Expire(ctx context.Context, conn db.DBTX, most int32) (int64, error) {
	return queries.AuditExpire(ctx, conn, db.AuditExpireParams{Keep: retention, Most: most})
}
