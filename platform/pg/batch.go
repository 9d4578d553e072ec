package pg

import (
	"context"
	"errors"
	"iter"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

var (
	errBatchEnded   = errors.New("pg: the batch ended before this statement")
	errOneStatement = errors.New("pg: a function of a batch may run one statement")
)

// Batch calls each function with a connection for one statement, and sends the
// statements of all functions together: they take one round trip, one connection and
// one implicit transaction. A function waits in its statement until the batch is sent,
// and reads its result to the end, as sqlc's queries do. Batch returns the first error
// of a function. An error of one statement fails all of them.
func (db *DB) Batch(ctx context.Context, functions ...func(*Statement) error) error {
	batch := &pgx.Batch{}
	statements := make([]*Statement, len(functions))
	for i, function := range functions {
		s := newStatement(batch, function)
		defer s.stop()
		if err, _ := s.resume(); err != nil { // runs up to the statement
			return err
		}
		statements[i] = s
	}
	conn, err := db.acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	results := conn.SendBatch(ctx, batch)
	defer func() { _ = results.Close() }() // after an error or a panic of a function, which is returned
	for _, s := range statements {
		s.results = results
		if err, _ := s.resume(); err != nil {
			return err
		}
	}
	return results.Close()
}

// Statement is a connection for one statement of a batch. It implements the interface
// DBTX of sqlc's generated queries.
type Statement struct {
	batch   *pgx.Batch
	results pgx.BatchResults // nil until the batch is sent

	// The function of the statement is a coroutine: suspend returns when Batch calls
	// resume, or false when it calls stop. resume returns the error of the function.
	suspend func(error) bool
	resume  func() (error, bool)
	stop    func()
}

func newStatement(batch *pgx.Batch, function func(*Statement) error) *Statement {
	s := &Statement{batch: batch}
	s.resume, s.stop = iter.Pull(func(yield func(error) bool) {
		s.suspend = yield
		yield(function(s))
	})
	return s
}

// send adds the statement to the batch and returns when the batch is sent.
func (s *Statement) send(sql string, args []any) error {
	if s.results != nil {
		return errOneStatement
	}
	s.batch.Queue(sql, args...)
	if !s.suspend(nil) {
		return errBatchEnded
	}
	return nil
}

// Exec runs a statement with the batch. The context is that of the batch.
func (s *Statement) Exec(_ context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	if err := s.send(sql, args); err != nil {
		return pgconn.CommandTag{}, err
	}
	return s.results.Exec()
}

// Query runs a query with the batch. The context is that of the batch.
func (s *Statement) Query(_ context.Context, sql string, args ...any) (pgx.Rows, error) {
	if err := s.send(sql, args); err != nil {
		return nil, err
	}
	return s.results.Query()
}

// QueryRow runs a query of one row with the batch. The context is that of the batch.
func (s *Statement) QueryRow(_ context.Context, sql string, args ...any) pgx.Row {
	if err := s.send(sql, args); err != nil {
		return failedRow{err}
	}
	return s.results.QueryRow()
}
