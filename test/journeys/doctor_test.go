package journeys

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"stoa/platform/pg/pgtest"
	"stoa/platform/pgserver"
	"stoa/test/rig"
)

// asSuperuser runs SQL on the database, in which {app} and {owner} are its roles.
func asSuperuser(t *testing.T, d pgtest.Database, sql string) {
	t.Helper()
	admin, err := pgx.Connect(t.Context(), rig.Superuser(t, rig.On(pgserver.URLs{Owner: d.Owner})))
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(context.Background())
	if _, err := admin.Exec(t.Context(), strings.NewReplacer("{app}", roleOf(t, d.App), "{owner}", roleOf(t, d.Owner)).Replace(sql)); err != nil {
		t.Fatal(err)
	}
}

func roleOf(t *testing.T, dsn string) string {
	t.Helper()
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	return pgx.Identifier{config.User}.Sanitize()
}

// wrongLines returns what doctor reports as wrong.
func wrongLines(out string) []string {
	var wrong []string
	for line := range strings.Lines(out) {
		if !strings.HasPrefix(line, "ok ") {
			wrong = append(wrong, strings.TrimSpace(line))
		}
	}
	return wrong
}

// doctor reports the cause in one line, and no error that only follows from it.
func TestDoctor_ReportsTheCauseAlone(t *testing.T) {
	t.Parallel()
	allTables := func(statement string) string {
		return fmt.Sprintf(`DO $$ DECLARE one text; BEGIN
			FOR one IN SELECT format('%%I.%%I', schemaname, tablename) FROM pg_tables WHERE schemaname IN ('public', 'river') LOOP
				EXECUTE format('ALTER TABLE %%s %s', one); END LOOP; END $$`, statement)
	}
	for name, tt := range map[string]struct {
		database    func(testing.TB) pgtest.Database
		sql         string // of the superuser
		app, owner  string // search_path of the URLs, or empty
		starts, has string // of the only wrong line
		served      bool   // serve starts, and repairs it
	}{
		"before the first migration":          {pgtest.Empty, "SELECT", "", "", "wrong migrations: ", "missing: run stoa migrate up", true},
		"before it, in a schema of its own":   {pgtest.Empty, "CREATE SCHEMA own AUTHORIZATION {owner}", "own", "own", "wrong migrations: ", "missing: run stoa migrate up", true},
		"before it, beside another one":       {pgtest.New, "CREATE SCHEMA own AUTHORIZATION {owner}", "own", "own", "wrong migrations: ", "missing: run stoa migrate up", true},
		"a schema that does not exist":        {pgtest.New, "SELECT", "nowhere", "", "wrong schema: ", "no schema in the search_path", false},
		"neither role has an existing schema": {pgtest.New, "SELECT", "nowhere", "nowhere", "wrong owner: ", "no schema in the search_path", false},
		"another schema":                      {pgtest.New, "CREATE SCHEMA own; GRANT USAGE ON SCHEMA own TO {app}", "own", "", "wrong schema: ", "looks in the schema own, but the tables are in public", false},
		"a schema without USAGE":              {pgtest.New, "CREATE SCHEMA own", "own", "", "wrong schema: ", "may not use the schema own: run GRANT USAGE ON SCHEMA own TO ", false},
		"an owner without USAGE":              {pgtest.New, "CREATE SCHEMA own", "own", "own", "wrong owner: ", "may not use the schema own: run GRANT USAGE ON SCHEMA own TO ", false},
		"an owner who may not create tables":  {pgtest.Empty, "CREATE SCHEMA own; GRANT USAGE ON SCHEMA own TO {owner}", "own", "own", "wrong owner: ", "may not create the tables: run GRANT CREATE ON SCHEMA own TO ", false},
		"restored with --no-owner":            {pgtest.New, allTables("OWNER TO CURRENT_USER"), "", "", "wrong owner: ", "the tables are owned by ", false},
		"restored without grants":             {pgtest.New, "REVOKE ALL ON ALL TABLES IN SCHEMA public, river FROM {app}; REVOKE ALL ON SCHEMA public, river FROM {app}", "", "", "wrong rights: ", "run stoa migrate up", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := tt.database(t)
			asSuperuser(t, d, tt.sql)
			if tt.app != "" {
				d.App = rig.InSchema(t, d.App, tt.app)
			}
			if tt.owner != "" {
				d.Owner = rig.InSchema(t, d.Owner, tt.owner)
			}
			env := rig.Defaults(d.App, d.Owner).With(rig.Env{"PORT": "0"})
			r := rig.Run(t, env, "", "doctor")
			wrong := wrongLines(r.Out)
			if r.Status != 1 || len(wrong) != 2 || !strings.HasPrefix(wrong[0], tt.starts) || !strings.Contains(wrong[0], tt.has) {
				t.Errorf("stoa doctor = %d, want one wrong line %q … %q\n%s", r.Status, tt.starts, tt.has, r.Out)
			}
			if tt.served {
				app := rig.StartOn(t, pgserver.URLs{App: d.App, Owner: d.Owner})
				if r := rig.Run(t, app.Env, "", "doctor"); r.Status != 0 {
					t.Errorf("stoa doctor after a start = %d\n%s", r.Status, r.Out)
				}
				return
			}
			commands := []string{"serve", "user list"}
			if tt.starts == "wrong owner: " {
				commands = append(commands, "migrate up", "migrate status")
			}
			for _, command := range commands {
				if r := rig.Run(t, env, "", strings.Fields(command)...); r.Status != 1 || !strings.Contains(r.Out, tt.has) {
					t.Errorf("stoa %s = %d, want %q\n%s", command, r.Status, tt.has, r.Out)
				}
			}
		})
	}
}

// A parameter that PostgreSQL does not know is named at once, with the setting.
func TestDoctor_UnknownParameter(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t)
	with := func(dsn, param string) string {
		if strings.Contains(dsn, "?") {
			return dsn + "&" + param
		}
		return dsn + "?" + param
	}
	for _, tt := range []struct {
		app, owner, want string
		status           int
	}{
		{with(d.App, "nonsense=1"), d.Owner, "remove nonsense from DATABASE_URL: PostgreSQL has no such parameter", 1},
		{d.App, with(d.Owner, "nonsense=1"), "remove nonsense from DATABASE_OWNER_URL: PostgreSQL has no such parameter", 1},
		{with(d.Owner, "nonsense=1"), "", "remove nonsense from DATABASE_URL: PostgreSQL has no such parameter", 1},
		{with(d.App, "pgbouncer=true"), d.Owner, "DATABASE_URL: wants a PostgreSQL address such as postgres://user:password@host:5432/database; write default_query_exec_mode=cache_describe in place of pgbouncer", 78},
	} {
		env := rig.Defaults(tt.app, tt.owner).With(rig.Env{"PORT": "0", "START_TIMEOUT": "10m"})
		for command, status := range map[string]int{"serve": tt.status, "doctor": 1} {
			if r := rig.Run(t, env, "", command); r.Status != status || !strings.Contains(r.Out, tt.want) || r.Took > time.Minute {
				t.Errorf("stoa %s = %d after %s, want %q\n%s", command, r.Status, r.Took, tt.want, r.Out)
			}
		}
	}
}
