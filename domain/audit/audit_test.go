package audit_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"stoa/domain/audit"
	"stoa/domain/domaintest"
	"stoa/domain/scope"
	"stoa/domain/signin"
	"stoa/platform/pg"
	"stoa/platform/pg/pgtest"
)

var entry = audit.Entry{Event: "password.changed", User: scope.UserID{UUID: uuid.Must(uuid.NewV7())}}

// A trigger prevents changes of entries by the owner of the tables. An owner who
// drops the trigger leaves a trace, because the schema then differs.
func TestRecord_OwnerCannotChangeEntries(t *testing.T) {
	t.Parallel()
	d, ctx := pgtest.New(t), t.Context()
	err := d.Tx(ctx, func(tx *pg.Tx) error { return audit.Record(ctx, tx, scope.Scope{}, entry) })
	if err != nil {
		t.Fatal(err)
	}
	owner, err := pgx.Connect(ctx, d.Owner)
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Close(ctx)
	for _, sql := range []string{"UPDATE audit_entries SET event = 'x'", "DELETE FROM audit_entries", "TRUNCATE audit_entries"} {
		if _, err := owner.Exec(ctx, sql); err == nil {
			t.Errorf("%s succeeded as the owner", sql)
		}
	}
}

// A rolled-back change has no entry.
func TestRecord_RolledBackWithItsChange(t *testing.T) {
	t.Parallel()
	d, ctx, undone := pgtest.New(t), t.Context(), errors.New("undone")
	err := d.Tx(ctx, func(tx *pg.Tx) error {
		if err := audit.Record(ctx, tx, scope.Scope{}, entry); err != nil {
			return err
		}
		return undone
	})
	if !errors.Is(err, undone) {
		t.Fatal(err)
	}
	var entries int
	if err := d.QueryRow(ctx, "SELECT count(*) FROM audit_entries").Scan(&entries); err != nil || entries != 0 {
		t.Errorf("%d entries of a rolled-back change, %v", entries, err)
	}
}

// Old entries are deleted by a function of the owner. It deletes no younger entries,
// whatever its arguments are.
func TestExpire_NothingYoungerThanAYear(t *testing.T) {
	t.Parallel()
	d, ctx := pgtest.New(t), t.Context()
	for _, age := range []string{"401 days", "399 days", "1 day"} {
		_, err := d.Exec(ctx, "INSERT INTO audit_entries (id, at, event) VALUES (gen_random_uuid(), now() - $1::interval, $1)", age)
		if err != nil {
			t.Fatal(err)
		}
	}
	if n, err := audit.Expire(ctx, d.DB, 10); n != 1 || err != nil {
		t.Errorf("Expire = %d, %v, want 1, the entry of 401 days", n, err)
	}
	left := func() (n int) {
		if err := d.QueryRow(ctx, "SELECT count(*) FROM audit_entries").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if _, err := d.Exec(ctx, "SELECT audit_entries_expire('-1 day', 10)"); err != nil || left() != 1 {
		t.Errorf("%d entries after a call for all, %v, want the entry of one day", left(), err)
	}
	if _, err := d.Exec(ctx, "DELETE FROM audit_entries"); err == nil {
		t.Error("the role of the program may delete entries")
	}
}

func TestAudit_CannotBeChangedByTheProgram(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	d.Register(t, signin.Browser)
	for _, sql := range []string{"UPDATE audit_entries SET event = 'x'", "DELETE FROM audit_entries", "TRUNCATE audit_entries"} {
		if _, err := d.DB.Exec(ctx, sql); err == nil {
			t.Errorf("%s succeeded", sql)
		}
	}
}
