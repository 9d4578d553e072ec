package audit

import (
	"context"
	"time"

	"stoa/db"
)

// retention is how long entries are kept: a year and some weeks, so that a season
// can be compared with the same season of the year before. The database refuses
// to delete younger entries.
const retention = 400 * 24 * time.Hour

// Expire deletes up to most entries that are older than retention, and returns
// how many it deleted.
func Expire(ctx context.Context, conn db.DBTX, most int32) (int64, error) {
	return queries.AuditExpire(ctx, conn, db.AuditExpireParams{Keep: retention, Most: most})
}
