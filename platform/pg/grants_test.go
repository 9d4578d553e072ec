package pg_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"stoa/platform/pg"
	"stoa/platform/pg/pgtest"
)

// schema has an object of every kind that has rights.
var schema = withApp(steps(`
	CREATE TABLE plain (id int);
	CREATE TABLE audit_entries (id int);
	CREATE TABLE parted (id int) PARTITION BY LIST (id);
	CREATE VIEW seen AS SELECT id FROM plain;
	CREATE MATERIALIZED VIEW kept AS SELECT id FROM plain;
	CREATE SEQUENCE counted;
	CREATE TABLE numbered (id int GENERATED ALWAYS AS IDENTITY, note text);`), `CREATE TABLE bookmarks (id int);`)

// rights returns the rights of the program's role on each table and sequence.
func rights(t *testing.T, d pgtest.Database) map[string]string {
	t.Helper()
	rows, err := d.Query(t.Context(), `
		SELECT relname, concat_ws(' ',
			CASE WHEN relkind = 'S' THEN CASE WHEN has_sequence_privilege(oid, 'USAGE') THEN 'usage' END ELSE
			concat_ws(' ',
				CASE WHEN has_table_privilege(oid, 'SELECT') THEN 'select' END,
				CASE WHEN has_table_privilege(oid, 'INSERT') THEN 'insert' END,
				CASE WHEN has_table_privilege(oid, 'UPDATE') THEN 'update' END,
				CASE WHEN has_table_privilege(oid, 'DELETE') THEN 'delete' END,
				CASE WHEN has_table_privilege(oid, 'TRUNCATE') THEN 'truncate' END,
				CASE WHEN has_table_privilege(oid, 'REFERENCES') THEN 'references' END,
				CASE WHEN has_table_privilege(oid, 'TRIGGER') THEN 'trigger' END) END)
		FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S')`)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	var name, rights string
	if _, err := pgx.ForEachRow(rows, []any{&name, &rights}, func() error { got[name] = rights; return nil }); err != nil {
		t.Fatal(err)
	}
	return got
}

const all = "select insert update delete"

var wantRights = map[string]string{
	"plain": all, "parted": all, "numbered": all, "bookmarks": all,
	"audit_entries":           "select insert",
	"goose_db_version":        "select",
	"goose_db_version_app":    "select",
	"migration_names":         "select",
	"seen":                    "select",
	"kept":                    "select",
	"counted":                 "usage",
	"numbered_id_seq":         "",
	"goose_db_version_id_seq": "",

	"goose_db_version_app_id_seq": "",
}

func TestMigrate_GrantsRights(t *testing.T) {
	d := pgtest.Empty(t)
	migrate(t, d, schema)
	if diff := cmp.Diff(wantRights, rights(t, d)); diff != "" {
		t.Fatalf("rights after Migrate (-want +got):\n%s", diff)
	}
	run(t, d.DB, `INSERT INTO numbered (note) VALUES ('an identity needs no rights on its sequence')`)
}

// Migrate also revokes rights that the role should not have.
func TestMigrate_RevokesOtherRights(t *testing.T) {
	d := pgtest.Empty(t)
	migrate(t, d, schema)
	owner := open(t, pg.Config{URL: d.Owner})
	role := queryText(t, d.DB, `SELECT current_user`)
	run(t, owner, `GRANT ALL ON ALL TABLES IN SCHEMA public TO `+role+`;
		GRANT UPDATE, DELETE ON audit_entries TO PUBLIC;
		REVOKE SELECT ON plain FROM `+role+`;
		GRANT CREATE ON SCHEMA public TO PUBLIC, `+role+`;
		GRANT USAGE ON SEQUENCE goose_db_version_id_seq TO `+role)
	migrate(t, d, schema)
	if diff := cmp.Diff(wantRights, rights(t, d)); diff != "" {
		t.Fatalf("rights after the second Migrate (-want +got):\n%s", diff)
	}
	if got := queryText(t, d.DB, `SELECT has_schema_privilege('public', 'CREATE')::text`); got != "false" {
		t.Fatal("the program's role may create objects in the schema")
	}
}

// An SQL injection with the program's role must not create a table or function that
// PostgreSQL finds before ours.
func TestMigrate_RoleCannotChangeSchema(t *testing.T) {
	d := pgtest.Empty(t)
	owner := open(t, pg.Config{URL: d.Owner})
	run(t, owner, `GRANT CREATE ON SCHEMA public TO PUBLIC`) // the default until PostgreSQL 14
	migrate(t, d, schema)
	for _, statement := range []string{
		`CREATE TABLE public.x (id int)`,
		`CREATE TEMPORARY TABLE audit_entries (id int)`,
		`CREATE FUNCTION public.now() RETURNS int LANGUAGE sql AS 'SELECT 1'`,
		`CREATE SCHEMA stoa`,
		`ALTER TABLE plain ADD x int`,
		`DROP TABLE plain`,
		`TRUNCATE plain`,
		`UPDATE audit_entries SET id = 1`,
		`DELETE FROM audit_entries`,
		`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9, true)`,
		`ALTER TABLE audit_entries DISABLE TRIGGER ALL`,
		`ALTER ROLE CURRENT_USER SUPERUSER`,
	} {
		if _, err := d.Exec(t.Context(), statement); err == nil {
			t.Errorf("the program's role may: %s", statement)
		}
	}
}

func TestMigrate_ConcurrentGrants(t *testing.T) {
	d := pgtest.Empty(t)
	migrate(t, d, schema)
	owner := open(t, pg.Config{URL: d.Owner})
	run(t, owner, `REVOKE ALL ON ALL TABLES IN SCHEMA public FROM `+queryText(t, d.DB, `SELECT current_user`))
	if ran := migrateTogether(t, d, schema, 5); len(ran) > 0 {
		t.Fatalf("Migrate ran %v a second time", ran)
	}
	if diff := cmp.Diff(wantRights, rights(t, d)); diff != "" {
		t.Fatalf("rights (-want +got):\n%s", diff)
	}
}

// With one role for both, which is allowed, Migrate grants nothing.
func TestMigrate_OneRole(t *testing.T) {
	d := pgtest.Empty(t)
	if _, err := pg.Migrate(t.Context(), d.Owner, d.Owner, schema); err != nil {
		t.Fatal(err)
	}
	if got := rights(t, d)["plain"]; got != "" {
		t.Fatalf("another role may %q, want nothing", got)
	}
}
