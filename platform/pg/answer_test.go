package pg_test

import (
	"testing"
	"time"

	"stoa/platform/pg"
	"stoa/platform/pg/pgtest"
)

// A statement whose answer does not come ends on our side too, in a
// transaction as well, unless the URL gives statements their time.
func TestOpen_WaitForAnAnswerHasAnEnd(t *testing.T) {
	t.Parallel()
	url := pgtest.New(t).App
	for name, tt := range map[string]struct {
		timeout string
		ends    bool
	}{"PgBouncer": {"", true}, "own": {"1min", false}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t, pg.Config{URL: with(t, url, "statement_timeout", tt.timeout), AcquireTimeout: time.Minute})
			err := db.Tx(t.Context(), func(tx *pg.Tx) error {
				_, err := tx.Exec(t.Context(), `SELECT pg_sleep(8)`)
				return err
			})
			if pg.Unavailable(err) != tt.ends || err != nil != tt.ends {
				t.Errorf("a statement of 8 s ends with %v, want it cut off: %v", err, tt.ends)
			}
			if err := db.Ping(t.Context()); err != nil {
				t.Errorf("Ping() afterwards = %v", err)
			}
		})
	}
}
