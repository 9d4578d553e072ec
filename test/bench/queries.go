package main

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// viewed is how often each page is requested while its queries are counted.
const viewed = 100

// queries counts the statements and the writing transactions of one request.
func queries(ctx context.Context, s *environment, p plan, r *report) error {
	wire, err := startQueryCounter(s.pg.URLs().App, s.dir)
	if err != nil {
		return err
	}
	defer wire.close()
	one, err := s.serve(ctx, "tapped", p, append(high, "APP_ENV=development", "DATABASE_URL="+wire.url)...)
	if err != nil {
		return err
	}
	statements, writes, err := s.count(ctx, wire, dashboards("counted", one, s.users[:1]).visitors[0])
	if err != nil {
		return err
	}
	r.value("queries of a dashboard view", statements, "", atMost(2))
	r.value("writes of a dashboard view", writes, "", atMost(0))
	statements, _, err = s.count(ctx, wire, callsOfMe("counted", one, s.users[:1]).visitors[0])
	if err != nil {
		return err
	}
	r.value("queries of GET /api/users/me, limits on", statements, "", noGoal)
	return one.stop()
}

// count returns statements and writing transactions of one call.
func (s *environment) count(ctx context.Context, wire *queryCounter, v *visitor) (statements, writes float64, err error) {
	if err := v.call(); err != nil { // the first call prepares statements and reads keys
		return 0, 0, err
	}
	before := wire.statements.Load()
	first, err := s.nextTransaction(ctx)
	if err != nil {
		return 0, 0, err
	}
	for range viewed {
		if err := v.call(); err != nil {
			return 0, 0, err
		}
	}
	executed := wire.statements.Load() - before
	last, err := s.nextTransaction(ctx)
	return float64(executed) / viewed, float64(last-first) / viewed, err
}

// nextTransaction returns the id of the next writing transaction. Transactions
// that only read get no id.
func (s *environment) nextTransaction(ctx context.Context) (id int64, err error) {
	err = s.connect(ctx, "", "stoa", func(conn *pgx.Conn) error {
		return conn.QueryRow(ctx, "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint").Scan(&id)
	})
	return id, err
}
