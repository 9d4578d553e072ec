package pg_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"stoa/platform/pg"
	"stoa/platform/pg/pgtest"
)

// raise returns PostgreSQL's error of that code.
func raise(t *testing.T, code string) error {
	t.Helper()
	_, err := pgtest.DB(t).Exec(t.Context(), `DO $$ BEGIN RAISE 'made up' USING ERRCODE = '`+code+`'; END $$`)
	if err == nil {
		t.Fatalf("RAISE %s did not fail", code)
	}
	return err
}

func TestUnavailable_Conditions(t *testing.T) {
	for code, want := range map[string]bool{
		"08006": true, "53100": true, "53200": true, "53300": true, "57P01": true, "57P02": true, "57P03": true,
		"57014": true, "58030": true, "25006": true, "55P03": true, "40001": true, "40P01": true, "25P03": true,
		"23505": false, "23503": false, "42P01": false, "22001": false, "42501": false, "P0001": false,
	} {
		if got := pg.Unavailable(raise(t, code)); got != want {
			t.Errorf("Unavailable(%s) = %v, want %v", code, got, want)
		}
	}
}

func TestUnavailable_OtherErrors(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := pgtest.DB(t).Exec(cancelled, `SELECT`)
	dial := &net.OpError{Op: "dial", Err: context.Canceled}
	for _, err := range []error{nil, err, context.Canceled, dial, io.EOF, pgx.ErrNoRows, errors.New("ours")} {
		if pg.Unavailable(err) {
			t.Errorf("Unavailable(%v) = true, want false", err)
		}
	}
}

// These errors come from a real server.
func TestUnavailable_Real(t *testing.T) {
	for name, fail := range map[string]func(t *testing.T, d pgtest.Database) error{
		"terminated": func(t *testing.T, d pgtest.Database) error {
			_, err := d.Exec(t.Context(), `SELECT pg_terminate_backend(pg_backend_pid())`)
			return err
		},
		"statement timeout": func(t *testing.T, d pgtest.Database) error {
			db := open(t, pg.Config{URL: with(t, d.App, "statement_timeout", "20ms")})
			_, err := db.Exec(t.Context(), `SELECT pg_sleep(5)`)
			return err
		},
		"lock timeout": func(t *testing.T, d pgtest.Database) error {
			db := open(t, pg.Config{URL: with(t, d.App, "lock_timeout", "20ms")})
			return d.Tx(t.Context(), func(tx *pg.Tx) error {
				if _, err := tx.Exec(t.Context(), `SELECT pg_advisory_xact_lock(1)`); err != nil {
					t.Fatal(err)
				}
				_, err := db.Exec(t.Context(), `SELECT pg_advisory_xact_lock(1)`)
				return err
			})
		},
		"idle in transaction": func(t *testing.T, d pgtest.Database) error {
			db := open(t, pg.Config{URL: with(t, d.App, "idle_in_transaction_session_timeout", "20ms")})
			return db.Tx(t.Context(), func(tx *pg.Tx) error {
				for { // until the server ends the session
					if _, err := d.Exec(t.Context(), `SELECT pg_sleep(0.05)`); err != nil {
						t.Fatal(err)
					}
					if _, err := tx.Exec(t.Context(), `SELECT`); err != nil {
						return err
					}
				}
			})
		},
		"read-only": func(t *testing.T, d pgtest.Database) error {
			db := open(t, pg.Config{URL: with(t, d.App, "default_transaction_read_only", "on")})
			_, err := db.Exec(t.Context(), `DELETE FROM rate_limits`)
			return err
		},
		"too many connections": func(t *testing.T, d pgtest.Database) error {
			owner := open(t, pg.Config{URL: d.Owner})
			run(t, owner, `ALTER DATABASE `+queryText(t, owner, `SELECT current_database()`)+` CONNECTION LIMIT 0`)
			return open(t, pg.Config{URL: d.App}).Ping(t.Context())
		},
		"deadline": func(t *testing.T, d pgtest.Database) error {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			_, err := d.Exec(ctx, `SELECT pg_sleep(5)`)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			if err := fail(t, pgtest.New(t)); !pg.Unavailable(err) {
				t.Fatalf("Unavailable(%v) = false, want true", err)
			}
		})
	}
}

func TestDuplicate_UserDeleted(t *testing.T) {
	d := pgtest.Empty(t)
	db := open(t, pg.Config{URL: d.Owner})
	run(t, db, `CREATE TABLE a (id int CONSTRAINT a_id UNIQUE); INSERT INTO a VALUES (1);
		CREATE TABLE b (user_id int REFERENCES a (id), a_id int REFERENCES a (id))`)
	_, duplicate := db.Exec(t.Context(), `INSERT INTO a VALUES (1)`)
	_, deleted := db.Exec(t.Context(), `INSERT INTO b (user_id) VALUES (2)`)
	_, other := db.Exec(t.Context(), `INSERT INTO b (a_id) VALUES (2)`)
	for _, tc := range []struct {
		name string
		got  bool
		want bool
	}{
		{"Duplicate, its constraint", pg.Duplicate(duplicate, "a_id"), true},
		{"Duplicate, any constraint", pg.Duplicate(duplicate, ""), true},
		{"Duplicate, another constraint", pg.Duplicate(duplicate, "b_id"), false},
		{"Duplicate of a row without a user", pg.Duplicate(deleted, ""), false},
		{"Duplicate of nil", pg.Duplicate(nil, ""), false},
		{"UserDeleted", pg.UserDeleted(deleted), true},
		{"UserDeleted, another foreign key", pg.UserDeleted(other), false},
		{"UserDeleted of a duplicate", pg.UserDeleted(duplicate), false},
	} {
		if tc.got != tc.want {
			t.Errorf("%s = %v, want %v", tc.name, tc.got, tc.want)
		}
	}
}

func TestNoRow(t *testing.T) {
	t.Parallel()
	missing, other := errors.New("missing"), errors.New("other")
	for err, want := range map[error]error{nil: nil, other: other, pgx.ErrNoRows: missing, fmt.Errorf("find: %w", pgx.ErrNoRows): missing} {
		if got := pg.NoRow(err, missing); !errors.Is(got, want) {
			t.Errorf("NoRow(%v) = %v, want %v", err, got, want)
		}
	}
}
