package pg

import "github.com/jackc/pgx/v5"

// rows releases its connection when it is closed. It closes itself after the last
// row and at the first error.
type rows struct {
	pgx.Rows
	conn *sharedConn
}

func (r *rows) Close() {
	r.Rows.Close()
	if r.conn != nil {
		r.conn.Release()
		r.conn = nil
	}
}

func (r *rows) Next() bool {
	if r.Rows.Next() {
		return true
	}
	r.Close()
	return false
}

func (r *rows) Scan(dest ...any) error {
	err := r.Rows.Scan(dest...)
	if err != nil {
		r.Close()
	}
	return err
}

func (r *rows) Values() ([]any, error) {
	values, err := r.Rows.Values()
	if err != nil {
		r.Close()
	}
	return values, err
}

// row releases its connection when it has been scanned, even when a Scan method of
// the destination panics.
type row struct {
	pgx.Row
	conn *sharedConn
}

func (r *row) Scan(dest ...any) error {
	defer r.conn.Release()
	return r.Row.Scan(dest...)
}

// failedRow is the row of a query that could not be sent.
type failedRow struct{ err error }

func (r failedRow) Scan(...any) error { return r.err }
