package audit

import (
	"cmp"
	"context"
	"time"

	"stoa/db"
	"stoa/domain/scope"
	"stoa/platform/convert"
)

// Activity is a security event as the user concerned reads it, or the refused attempts of
// one day.
type Activity struct {
	At        time.Time // of the newest attempt
	Event     Event
	Text      string
	Attempts  bool // they were refused
	Warns     bool
	Device    string // the name of the client, or "" when it is unknown
	IP        string // of the newest attempt, or ""
	Addresses int    // different IP addresses
}

// Activities returns the newest activities of a user, up to count, and the attempts since
// then only: an attacker can make very many.
func Activities(ctx context.Context, conn db.DBTX, user scope.UserID, since time.Time, count int) ([]Activity, error) {
	rows, err := queries.AuditActivity(ctx, conn, db.AuditActivityParams{
		UserID: &user.UUID, Attempts: attempts(), Since: since, Most: int32(count),
	})
	return convert.All(rows, activity), err
}

func activity(row db.AuditActivityRow) Activity {
	event := Event(row.Event)
	s, _ := Described(event)
	return Activity{
		At: row.At, Event: event, Text: cmp.Or(s.text(int(row.Count)), row.Event), Attempts: s.Several != "", Warns: s.Warns,
		Device: row.Device, IP: row.IP, Addresses: int(row.Addresses),
	}
}

// Count is the number of events of a kind on a day in UTC.
type Count struct {
	Day   time.Time
	Event Event
	Count int
}

// Daily returns how often each event happened to the user on each day since then. It leaves
// out what did not happen.
func Daily(ctx context.Context, conn db.DBTX, user scope.UserID, since time.Time, events ...Event) ([]Count, error) {
	rows, err := queries.AuditDaily(ctx, conn, db.AuditDailyParams{
		UserID: &user.UUID, Since: since, Events: convert.All(events, func(e Event) string { return string(e) }),
	})
	return convert.All(rows, func(row db.AuditDailyRow) Count {
		return Count{row.Day, Event(row.Event), int(row.Count)}
	}), err
}
