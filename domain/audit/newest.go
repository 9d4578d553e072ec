package audit

import (
	"context"
	"encoding/json"
	"net/netip"
	"time"

	"stoa/db"
	"stoa/domain/scope"
	"stoa/platform/pg"
)

// Seen is a security event as the person whom it concerns sees it.
type Seen struct {
	At     time.Time
	Event  Event
	IP     *netip.Addr // nil when it came from no network
	Detail json.RawMessage
}

// Newest returns up to count security events of the user, the newest first.
func Newest(ctx context.Context, tx *pg.Tx, user scope.UserID, count int) ([]Seen, error) {
	rows, err := queries.AuditNewest(ctx, tx, db.AuditNewestParams{UserID: &user.UUID, Count: int32(count)})
	list := make([]Seen, len(rows))
	for i, row := range rows {
		list[i] = Seen{row.At, Event(row.Event), row.IP, row.Detail}
	}
	return list, err
}
