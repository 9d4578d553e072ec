package pg_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"stoa/migrations"
	"stoa/platform/pg"
	"stoa/platform/pg/pgtest"
)

// userOf returns the quoted role of a URL.
func userOf(t *testing.T, rawURL string) string {
	t.Helper()
	config, err := pgx.ParseConfig(rawURL)
	if err != nil {
		t.Fatal(err)
	}
	return pgx.Identifier{config.User}.Sanitize()
}

// withParam returns the URL with another parameter.
func withParam(t *testing.T, rawURL, name, value string) string {
	t.Helper()
	u, err := url.Parse(rawURL)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	query.Set(name, value)
	u.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20")
	return u.String()
}

func checkApp(t *testing.T, appURL string) error {
	t.Helper()
	db, err := pg.Open(t.Context(), pg.Config{URL: appURL, MaxConns: 1, AcquireTimeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	return db.Check(t.Context())
}

// Each setting of the database or the role with which the program cannot work.
func TestCheck_NamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change    func(app, owner, database string) string // a statement of the superuser
		app, also string                                   // parts of the refusals of the program's role and of the owner, "" for none
	}{
		"as it should be": {func(_, _, _ string) string { return "SELECT" }, "", ""},
		"read-only role": {func(app, _, d string) string {
			return "ALTER ROLE " + app + " IN DATABASE " + d + " SET default_transaction_read_only = on"
		}, "default_transaction_read_only is on", ""},
		"read-only server": {func(_, _, d string) string { return "ALTER DATABASE " + d + " SET default_transaction_read_only = on" }, "default_transaction_read_only is on", "default_transaction_read_only is on"},
		"isolation is set": {func(_, _, d string) string {
			return "ALTER DATABASE " + d + " SET default_transaction_isolation = 'serializable'"
		}, "", ""},
		"another schema": {func(app, _, d string) string {
			return "CREATE SCHEMA own; GRANT USAGE ON SCHEMA own TO " + app + "; ALTER ROLE " + app + " IN DATABASE " + d + " SET search_path = own, public"
		}, "looks in the schema own, but the tables are in public", ""},
		"no schema": {func(app, _, d string) string {
			return "ALTER ROLE " + app + " IN DATABASE " + d + " SET search_path = nowhere"
		}, "no schema in the search_path", ""},
		"no right to the schema": {func(app, _, d string) string {
			return "CREATE SCHEMA own; ALTER ROLE " + app + " IN DATABASE " + d + " SET search_path = own"
		}, "may not use the schema own: run GRANT USAGE ON SCHEMA own TO ", ""},
		"no right to the schema of the tables": {func(_, owner, d string) string {
			return "CREATE SCHEMA own AUTHORIZATION " + owner + "; ALTER TABLE goose_db_version SET SCHEMA own; ALTER DATABASE " + d + " SET search_path = own, public"
		}, "may not use the schema own: run GRANT USAGE ON SCHEMA own TO ", ""},
		"name of a schema": {func(app, _, d string) string {
			return `CREATE SCHEMA "My-App"; GRANT USAGE ON SCHEMA "My-App" TO ` + app + "; ALTER ROLE " + app + " IN DATABASE " + d + ` SET search_path = "My-App"`
		}, "lower-case letters", ""},
		"another owner":     {func(_, _, _ string) string { return "ALTER TABLE goose_db_version OWNER TO CURRENT_USER" }, "", "the tables are owned by "},
		"odd form of dates": {func(_, _, d string) string { return "ALTER DATABASE " + d + " SET datestyle = 'SQL, DMY'" }, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := pgtest.New(t)
			admin := superuser(t, d)
			database := pgx.Identifier{admin.Config().Database}.Sanitize()
			if _, err := admin.Exec(t.Context(), tt.change(userOf(t, d.App), userOf(t, d.Owner), database)); err != nil {
				t.Fatal(err)
			}
			wantError(t, "Check", checkApp(t, d.App), tt.app)
			wantError(t, "CheckOwner", pg.CheckOwner(t.Context(), d.Owner), tt.also)
			_, err := pg.Migrate(t.Context(), d.Owner, d.App, migrations.FS)
			wantError(t, "Migrate", err, tt.also)
		})
	}
}

func wantError(t *testing.T, verb string, err error, part string) {
	t.Helper()
	if part == "" && err != nil || part != "" && (err == nil || !strings.Contains(err.Error(), part)) {
		t.Errorf("%s = %v, want %q", verb, err, part)
	}
}

// Before the first migration no table is in the wrong schema.
func TestCheck_EmptyDatabase(t *testing.T) {
	t.Parallel()
	d := pgtest.Empty(t)
	if err := checkApp(t, d.App); err != nil {
		t.Errorf("Check = %v", err)
	}
	admin := superuser(t, d)
	if _, err := admin.Exec(t.Context(), "REVOKE CREATE ON SCHEMA public FROM PUBLIC; REVOKE CREATE ON SCHEMA public FROM "+userOf(t, d.Owner)+"; ALTER SCHEMA public OWNER TO CURRENT_USER"); err != nil {
		t.Fatal(err)
	}
	const want = "may not create the tables: run GRANT CREATE ON SCHEMA public TO "
	wantError(t, "CheckOwner", pg.CheckOwner(t.Context(), d.Owner), want)
	_, err := pg.Migrate(t.Context(), d.Owner, d.App, migrations.FS)
	wantError(t, "Migrate", err, want)
}

// A dump that was restored without its grants.
func TestCheckGrants(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t)
	wantError(t, "CheckGrants", pg.CheckGrants(t.Context(), d.Owner, d.App), "")
	if _, err := superuser(t, d).Exec(t.Context(), "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM "+userOf(t, d.App)); err != nil {
		t.Fatal(err)
	}
	wantError(t, "CheckGrants", pg.CheckGrants(t.Context(), d.Owner, d.App), "run stoa migrate up")
	if _, err := pg.Migrate(t.Context(), d.Owner, d.App, migrations.FS); err != nil {
		t.Fatal(err)
	}
	wantError(t, "CheckGrants", pg.CheckGrants(t.Context(), d.Owner, d.App), "")
}

func TestCheck_Encoding(t *testing.T) {
	t.Parallel()
	admin := superuser(t, pgtest.New(t))
	name := admin.Config().Database + "_latin1"
	if _, err := admin.Exec(t.Context(), "CREATE DATABASE "+name+" TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = admin.Exec(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)") })
	config := admin.Config().Copy()
	config.Database = name
	at, err := url.Parse(admin.Config().ConnString())
	if err != nil {
		t.Fatal(err)
	}
	at.Path = "/" + name
	_, err = pg.Migrate(t.Context(), at.String(), at.String(), migrations.FS)
	wantError(t, "Migrate", err, "has the encoding LATIN1")
	wantError(t, "CheckOwner", pg.CheckOwner(t.Context(), at.String()), "has the encoding LATIN1")
	wantError(t, "Check", checkApp(t, at.String()), "has the encoding LATIN1")
}

// A conflict of two transactions waits in read committed, and fails in the stricter
// levels.
func TestTx_IsReadCommittedWhateverTheServerSets(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t)
	for _, mode := range []string{"cache_statement", "cache_describe"} { // the second as with a pooler
		strict := withParam(t, withParam(t, d.App, "default_query_exec_mode", mode), "options", "-c default_transaction_isolation=serializable")
		db, err := pg.Open(t.Context(), pg.Config{URL: strict, MaxConns: 1})
		if err != nil {
			t.Fatal(err)
		}
		var level string
		err = db.Tx(t.Context(), func(tx *pg.Tx) error { return tx.QueryRow(t.Context(), "SHOW transaction_isolation").Scan(&level) })
		if err != nil || level != "read committed" {
			t.Errorf("%s: a transaction is %s, %v", mode, level, err)
		}
		db.Close()
	}
}

func TestAwait(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t)
	never := func(err error) { t.Errorf("Await waits after %v", err) }
	if err := pg.Await(t.Context(), d.Owner, time.Minute, never); err != nil {
		t.Errorf("Await = %v", err)
	}
	for param, want := range map[string]string{
		"nonsense": "remove nonsense from DATABASE_URL", "statement_timeout": "correct or remove statement_timeout in DATABASE_URL",
		"max_connections": "correct or remove max_connections in DATABASE_URL", "options": "correct options in DATABASE_URL",
	} {
		err := pg.Await(t.Context(), withParam(t, d.Owner, param, "-c"), time.Minute, never)
		if got := pg.Advice(err, "DATABASE_URL"); err == nil || !strings.Contains(got+err.Error(), want) {
			t.Errorf("Await with %s = %v; advice %q, want %q", param, err, got, want)
		}
	}
	if err := pg.Await(t.Context(), withParam(t, d.Owner, "pool_max_conns", "7"), time.Minute, never); err != nil {
		t.Errorf("Await with a parameter of the pool = %v", err)
	}
	u, err := url.Parse(d.Owner)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/no_such_database"
	if err := pg.Await(t.Context(), u.String(), time.Minute, never); err == nil {
		t.Error("Await finds a database that does not exist")
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	err = pg.Await(ctx, "postgres://u@127.0.0.1:1/d", time.Hour, func(error) { cancel() })
	if err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("Await without a server = %v, want the error of the last attempt", err)
	}
}
