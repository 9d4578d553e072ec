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

// Count is the number of events of a kind on a day in UTC.
type Count struct {
	Day   time.Time
	Event Event
	Count int
}

// Activities returns the newest activities of a user, up to most, and how often each of
// the counted events happened on each day since then. Refused attempts are activities only
// when they are counted: an attacker can make very many. It leaves out days on which
// nothing happened.
func Activities(ctx context.Context, conn db.DBTX, user scope.UserID, since time.Time, most int, counted ...Event) ([]Activity, []Count, error) {
	rows, err := queries.AuditActivity(ctx, conn, db.AuditActivityParams{
		UserID: &user.UUID, Attempts: attempts(), Since: since, Most: int32(most),
		Counted: convert.All(counted, func(e Event) string { return string(e) }),
	})
	var activities []Activity
	var counts []Count
	for _, row := range rows {
		if a := activity(row); (a.Attempts || !row.OfDay) && len(activities) < most {
			activities = append(activities, a)
		}
		if row.OfDay {
			counts = append(counts, Count{row.At.UTC().Truncate(24 * time.Hour), Event(row.Event), int(row.Count)})
		}
	}
	return activities, counts, err
}

func activity(row db.AuditActivityRow) Activity {
	event := Event(row.Event)
	s, _ := Described(event)
	return Activity{
		At: row.At, Event: event, Text: cmp.Or(s.text(int(row.Count)), row.Event), Attempts: s.Several != "", Warns: s.Warns,
		Device: row.Device, IP: row.IP, Addresses: int(row.Addresses),
	}
}
