package audit_test

import (
	"errors"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"stoa/domain/audit"
	"stoa/domain/scope"
	"stoa/platform/pg"
	"stoa/platform/pg/pgtest"
)

var entry = audit.Entry{Event: audit.PasswordChanged, User: scope.UserID{UUID: uuid.Must(uuid.NewV7())}}

// The owner of the tables could change everything; entries not, while the
// trigger stands, and whoever takes that away leaves a trace in the schema.
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
			t.Errorf("%s was carried out by the owner", sql)
		}
	}
}

// No entry without its act.
func TestRecord_GoesWithItsAct(t *testing.T) {
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
		t.Errorf("%d entries of an act that was undone, %v", entries, err)
	}
}
