// Package home reads what the home page shows to its user.
package home

import (
	"context"
	"time"

	"stoa/domain/accounts"
	"stoa/domain/audit"
	"stoa/domain/scope"
	"stoa/domain/sessions"
	"stoa/platform/pg"
)

const (
	day           = 24 * time.Hour
	signInDays    = 30 // today is the last one
	newestEntries = 6
)

// Home is what the home page shows.
type Home struct {
	User     scope.User
	Sessions []sessions.Listed // this device first
	SignIns  []SignIns         // one for each day, today last
	Activity []audit.Activity  // newest first
}

// SignIns are the attempts to sign in to an account on one day in UTC.
type SignIns struct {
	Day                time.Time
	Succeeded, Refused int
}

// Config has the dependencies of a Reader.
type Config struct {
	DB       *pg.DB
	Sessions *sessions.Sessions
}

// Reader reads the homes of users.
type Reader struct{ Config }

// New returns a Reader.
func New(c Config) *Reader { return &Reader{c} }

// Read returns the home of the acting user. All its queries are one round trip.
func (r *Reader) Read(ctx context.Context, sc scope.Scope) (Home, error) {
	h := Home{User: *sc.User}
	since := time.Now().UTC().Truncate(day).Add(-(signInDays - 1) * day)
	err := r.DB.Batch(ctx,
		func(s *pg.Statement) (err error) {
			h.Sessions, err = r.Sessions.ListOn(ctx, s, sc)
			return err
		},
		func(s *pg.Statement) error {
			activity, counts, err := audit.Activities(ctx, s, sc.User.ID, since, newestEntries, sessions.EventOpened, accounts.EventSigninFailed)
			h.Activity, h.SignIns = activity, signIns(since, counts)
			return err
		},
	)
	return h, err
}

// signIns returns the days since then, also those without an attempt. It counts an entry
// that the clock of the database has put into tomorrow as one of today.
func signIns(since time.Time, counts []audit.Count) []SignIns {
	days := make([]SignIns, signInDays)
	for i := range days {
		days[i].Day = since.Add(time.Duration(i) * day)
	}
	for _, c := range counts {
		at := &days[min(int(c.Day.Sub(since)/day), signInDays-1)]
		if c.Event == sessions.EventOpened {
			at.Succeeded += c.Count
		} else {
			at.Refused += c.Count
		}
	}
	return days
}
