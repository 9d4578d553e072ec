package pg_test

import (
	"errors"
	"runtime"
	"slices"
	"testing"

	"stoa/platform/pg"
	"stoa/platform/pg/pgtest"
)

// notes returns a database with a table of one column, and a function that counts
// its rows.
func notes(t *testing.T) (*pg.DB, func() string) {
	t.Helper()
	d := pgtest.Empty(t)
	owner := open(t, pg.Config{URL: d.Owner, MaxConns: 1})
	run(t, owner, `CREATE TABLE notes (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)`)
	return owner, func() string { return queryText(t, owner, `SELECT count(*)::text FROM notes`) }
}

func TestTx_Commits(t *testing.T) {
	db, count := notes(t)
	var order []string
	err := db.Tx(t.Context(), func(tx *pg.Tx) error {
		// The connection has been released: the pool has one.
		tx.AfterCommit(func() { order = append(order, "first: "+count()) })
		tx.AfterCommit(func() { order = append(order, "second") })
		_, err := tx.Exec(t.Context(), `INSERT INTO notes VALUES (1)`)
		order = append(order, "inside")
		return err
	})
	if err != nil {
		t.Fatalf("Tx() = %v", err)
	}
	if want := []string{"inside", "first: 1", "second"}; !slices.Equal(order, want) {
		t.Fatalf("Tx ran %q, want %q", order, want)
	}
}

func TestTx_RollsBack(t *testing.T) {
	ours := errors.New("ours")
	insert := func(t *testing.T, tx *pg.Tx) {
		if _, err := tx.Exec(t.Context(), `INSERT INTO notes VALUES (1)`); err != nil {
			t.Fatal(err)
		}
	}
	for name, tc := range map[string]struct {
		fn    func(t *testing.T, tx *pg.Tx) error
		check func(err error) bool
	}{
		"error": {
			func(t *testing.T, tx *pg.Tx) error { insert(t, tx); return ours },
			func(err error) bool { return errors.Is(err, ours) },
		},
		"refused by the commit": {
			func(t *testing.T, tx *pg.Tx) error { insert(t, tx); insert(t, tx); return nil },
			func(err error) bool { return pg.Duplicate(err, "notes_id_key") },
		},
		"failed statement overlooked": {
			func(t *testing.T, tx *pg.Tx) error {
				insert(t, tx)
				_, _ = tx.Exec(t.Context(), `SELECT 1/0`)
				return nil
			},
			func(err error) bool { return err != nil },
		},
	} {
		t.Run(name, func(t *testing.T) {
			db, count := notes(t)
			session := queryText(t, db, `SELECT pg_backend_pid()::text`)
			committed := false
			err := db.Tx(t.Context(), func(tx *pg.Tx) error {
				tx.AfterCommit(func() { committed = true })
				return tc.fn(t, tx)
			})
			if !tc.check(err) {
				t.Fatalf("Tx() = %v", err)
			}
			if got := count(); got != "0" || committed {
				t.Fatalf("after Tx failed there are %s rows, AfterCommit ran: %v", got, committed)
			}
			if queryText(t, db, `SELECT pg_backend_pid()::text`) != session {
				t.Fatal("the rollback closed the connection")
			}
		})
	}
}

func TestTx_PanicRollsBackAndContinues(t *testing.T) {
	db, count := notes(t)
	defer func() {
		if got := recover(); got != "boom" {
			t.Fatalf("recover() = %v, want boom", got)
		}
		if got := count(); got != "0" {
			t.Fatalf("after a panic there are %s rows, want 0", got)
		}
	}()
	_ = db.Tx(t.Context(), func(tx *pg.Tx) error {
		tx.AfterCommit(func() { t.Error("AfterCommit ran after a panic") })
		_, _ = tx.Exec(t.Context(), `INSERT INTO notes VALUES (1)`)
		panic("boom")
	})
}

func TestTx_EndOfGoroutineRollsBack(t *testing.T) {
	db, count := notes(t)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = db.Tx(t.Context(), func(tx *pg.Tx) error {
			_, _ = tx.Exec(t.Context(), `INSERT INTO notes VALUES (1)`)
			runtime.Goexit()
			return nil
		})
	}()
	<-ended
	if got := count(); got != "0" {
		t.Fatalf("after Goexit there are %s rows, want 0", got)
	}
}
