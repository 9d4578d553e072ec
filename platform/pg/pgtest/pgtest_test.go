package pgtest

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"stoa/migrations"
	"stoa/platform/pg"
)

// isDropped reports whether a database has been dropped.
func isDropped(t *testing.T, url string) bool {
	t.Helper()
	db, err := pg.Open(t.Context(), pg.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var refused *pgconn.PgError
	err = db.Ping(t.Context())
	if errors.As(err, &refused) && refused.Code == "3D000" {
		return true
	}
	if err != nil {
		t.Fatalf("Ping() = %v", err)
	}
	return false
}

func TestNew_MigratedForUnprivilegedRole(t *testing.T) {
	d := New(t)
	if pending, err := d.Pending(t.Context(), migrations.FS); err != nil || pending != 0 {
		t.Fatalf("Pending() = %d, %v, want 0", pending, err)
	}
	facts, err := pg.CheckRole(t.Context(), d.DB)
	if err != nil || facts.Superuser || facts.BypassRLS {
		t.Fatalf("CheckRole() = %+v, %v, want an ordinary role", facts, err)
	}
	if _, err := d.Exec(t.Context(), `CREATE TEMPORARY TABLE users (id int)`); err == nil {
		t.Fatal("the program's role may create temporary tables in a clone")
	}
}

func TestNew_IsolatedAndDropped(t *testing.T) {
	const count, insert = `SELECT count(*) FROM rate_limits`, `INSERT INTO rate_limits VALUES ('x', 1, now())`
	var first Database
	t.Run("first", func(t *testing.T) {
		first = New(t)
		if _, err := first.Exec(t.Context(), insert); err != nil {
			t.Fatal(err)
		}
		var n int
		if err := New(t).QueryRow(t.Context(), count).Scan(&n); err != nil || n != 0 {
			t.Fatalf("another test sees %d rows, %v, want none", n, err)
		}
		// A pool that a test leaves open does not prevent the drop.
		forgotten, err := pg.Open(context.Background(), pg.Config{URL: first.App})
		if err != nil {
			t.Fatal(err)
		}
		if err := forgotten.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
	if !isDropped(t, first.App) {
		t.Fatal("the database exists after its test")
	}
}

func TestDB_IsShared(t *testing.T) {
	if DB(t) != DB(t) {
		t.Fatal("DB() returned another pool the second time")
	}
	if err := DB(t).Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestEmpty(t *testing.T) {
	d := Empty(t)
	all, err := pg.Migrations(t.Context(), d.Owner, migrations.FS)
	if err != nil || len(all) == 0 {
		t.Fatalf("Migrations() = %v, %v", all, err)
	}
	if pending, err := d.Pending(t.Context(), migrations.FS); err != nil || pending != len(all) {
		t.Fatalf("Pending() = %d, %v, want all %d", pending, err, len(all))
	}
}

// The databases of a binary are dropped after it has ended, and not before.
func TestSweep(t *testing.T) {
	own := New(t)
	this, err := binaryCluster()
	if err != nil {
		t.Fatal(err)
	}
	other := &cluster{base: this.base, owner: this.owner, app: this.app}
	if err := other.connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	unused, err := other.empty(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	unused.Close()
	if err := this.sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if isDropped(t, unused.App) || isDropped(t, own.App) {
		t.Fatal("a database of a running binary was dropped")
	}
	other.admin.Close()
	for { // until the server has ended its session
		if err := this.sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if isDropped(t, unused.App) {
			break
		}
	}
	if isDropped(t, own.App) {
		t.Fatal("a database of a running binary was dropped")
	}
}
