package audit

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"github.com/go-json-experiment/json/v1"
	"github.com/jackc/pgx/v5"

	"stoa/db"
	"stoa/domain/scope"
	"stoa/platform/convert"
	"stoa/platform/pg"
)

// Seen is a security event as shown to the user concerned.
type Seen struct {
	At     time.Time
	Event  Event
	IP     *netip.Addr // nil for an event without a client
	Detail json.RawMessage
}

// Newest returns up to count security events of the user, the newest first.
func Newest(ctx context.Context, tx *pg.Tx, user scope.UserID, count int) ([]Seen, error) {
	rows, err := queries.AuditNewest(ctx, tx, db.AuditNewestParams{UserID: &user.UUID, Count: int32(count)})
	return convert.All(rows, seen), err
}

// First returns the user's oldest event of that name, or false when it has expired.
func First(ctx context.Context, conn db.DBTX, user scope.UserID, event Event) (Seen, bool, error) {
	row, err := queries.AuditFirst(ctx, conn, db.AuditFirstParams{UserID: &user.UUID, Event: string(event)})
	if errors.Is(err, pgx.ErrNoRows) {
		return Seen{}, false, nil
	}
	return seen(row), err == nil, err
}

func seen(row db.AuditEntry) Seen { return Seen{row.At, Event(row.Event), row.IP, row.Detail} }

// maxEvents is how many security events an export has at most. It bounds the
// memory of one export to some megabytes.
const maxEvents = 20_000

// History is the exported security events of a user.
type History struct {
	Events   []Seen // newest first
	Complete bool   // false when older events are left out
}

// Export returns the History of the acting user, for personaldata.
func Export(ctx context.Context, tx *pg.Tx, sc scope.Scope) (any, error) {
	events, err := Newest(ctx, tx, sc.User.ID, maxEvents)
	return History{events, len(events) < maxEvents}, err
}
