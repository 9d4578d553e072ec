package pg_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"stoa/platform/pg"
	"stoa/platform/pg/pgtest"
)

// execute returns a function of a batch that runs the statement.
func execute(sql string) func(*pg.Statement) error {
	return func(s *pg.Statement) error {
		_, err := s.Exec(context.Background(), sql)
		return err
	}
}

func TestBatch_EachFunctionGetsItsResult(t *testing.T) {
	t.Parallel()
	tracer := &countingTracer{}
	db := open(t, pg.Config{URL: pgtest.New(t).App, Tracer: tracer, MaxConns: 1})
	var one string
	var many []int
	var none error
	err := db.Batch(t.Context(),
		func(s *pg.Statement) error { return s.QueryRow(t.Context(), `SELECT $1::text`, "one").Scan(&one) },
		func(*pg.Statement) error { return nil }, // without a statement
		func(s *pg.Statement) error {
			rows, err := s.Query(t.Context(), `SELECT generate_series(1, $1::int)`, 3)
			if err != nil {
				return err
			}
			many, err = pgx.CollectRows(rows, pgx.RowTo[int])
			return err
		},
		func(s *pg.Statement) error {
			none = s.QueryRow(t.Context(), `SELECT 1 WHERE false`).Scan(new(int))
			return nil
		},
		execute(`SELECT`),
	)
	if err != nil || one != "one" || len(many) != 3 || many[2] != 3 || !errors.Is(none, pgx.ErrNoRows) {
		t.Errorf("Batch = %q, %v, %v, %v, want one, 1 to 3 and no row", one, many, none, err)
	}
	if tracer.batches != 1 || tracer.queries != 4 {
		t.Errorf("the tracer saw %d queries in %d batches, want 4 in 1", tracer.queries, tracer.batches)
	}
}

func TestBatch_Refusals(t *testing.T) {
	t.Parallel()
	db, ours := pgtest.DB(t), errors.New("ours")
	for name, functions := range map[string][]func(*pg.Statement) error{
		"before the statement": {execute(`SELECT`), func(*pg.Statement) error { return ours }},
		"after the statement":  {func(s *pg.Statement) error { return errors.Join(execute(`SELECT`)(s), ours) }, execute(`SELECT`)},
	} {
		if err := db.Batch(t.Context(), functions...); !errors.Is(err, ours) {
			t.Errorf("an error %s: Batch = %v, want that error", name, err)
		}
	}
	for name, functions := range map[string][]func(*pg.Statement) error{
		"a second statement":   {func(s *pg.Statement) error { return errors.Join(execute(`SELECT`)(s), execute(`SELECT`)(s)) }},
		"an invalid statement": {execute(`SELECT`), execute(`nonsense`)},
		"a failing statement":  {execute(`SELECT 1/0`), execute(`SELECT`)},
	} {
		if err := db.Batch(t.Context(), functions...); err == nil {
			t.Errorf("%s: Batch = nil, want an error", name)
		}
	}
	if err := db.Batch(t.Context()); err != nil {
		t.Errorf("Batch of no functions = %v", err)
	}
}

// A batch without a response ends like a statement without one.
func TestBatch_ResponseTimeout(t *testing.T) {
	t.Parallel()
	proxy := newLossyProxy(t, pgtest.New(t).App)
	db := open(t, pg.Config{URL: proxy.url, MaxConns: 1, AcquireTimeout: time.Minute})
	run(t, db, `SELECT`)
	proxy.lost.Store(math.MaxInt32)
	if err := db.Batch(t.Context(), execute(`SELECT`), execute(`SELECT`)); !pg.Unavailable(err) {
		t.Errorf("Batch on a silent server = %v, want an Unavailable error", err)
	}
}
