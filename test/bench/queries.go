package main

import (
	"context"

	"stoa/test/rig"
)

// viewed is how often each page is requested while its round trips are counted.
const viewed = 100

// queries counts the round trips to the database and the writing transactions of one
// request.
func queries(_ context.Context, s *environment, _ plan, r *report) error {
	one := s.serve(s.binary, high, rig.Env{"APP_ENV": "development"})
	trips, writes, err := s.count(one, dashboards("counted", one, s.users[:1]).visitors[0])
	if err != nil {
		return err
	}
	r.value("round trips of a home view", trips, "", atMost(2))
	r.value("writes of a home view", writes, "", atMost(0))
	trips, _, err = s.count(one, callsOfMe("counted", one, s.users[:1]).visitors[0])
	if err != nil {
		return err
	}
	r.value("round trips of GET /api/users/me, limits on", trips, "", noGoal)
	return one.Stop()
}

// count returns the round trips and the writing transactions of one call.
func (s *environment) count(on *rig.App, v *visitor) (trips, writes float64, err error) {
	if err := v.call(); err != nil { // the first call reads keys
		return 0, 0, err
	}
	executed, first := on.RoundTrips(s.t), s.nextTransaction()
	for range viewed {
		if err := v.call(); err != nil {
			return 0, 0, err
		}
	}
	last := s.nextTransaction()
	return float64(on.RoundTrips(s.t)-executed) / viewed, float64(last-first) / viewed, nil
}

// nextTransaction returns the id of the next writing transaction. Transactions
// that only read get no id.
func (s *environment) nextTransaction() int64 {
	return rig.Ask[int64](s.t, s.stoa, "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
}
