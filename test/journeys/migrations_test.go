package journeys

import (
	"io/fs"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"stoa/migrations"
	"stoa/platform/freeport"
	"stoa/platform/pg"
	"stoa/platform/pg/pgtest"
	"stoa/platform/pgserver"
	"stoa/test/rig"
)

// otherName is what another program calls this program's first migration.
const otherName = "00001_bookmarks.sql"

// programMigrations returns the migrations of this program, and the name of the first.
func programMigrations(t *testing.T) (fstest.MapFS, string) {
	t.Helper()
	names, err := fs.Glob(migrations.FS, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	all := fstest.MapFS{}
	for _, name := range names {
		content, err := fs.ReadFile(migrations.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = &fstest.MapFile{Data: content}
	}
	return all, names[0]
}

// migratedBy returns the database of another program, with the settings for this one.
func migratedBy(t *testing.T, fsys fs.FS) (pgtest.Database, rig.Env) {
	t.Helper()
	db := pgtest.Empty(t)
	if _, err := pg.Migrate(t.Context(), db.Owner, db.App, fsys); err != nil {
		t.Fatal(err)
	}
	port, err := freeport.Get()
	if err != nil {
		t.Fatal(err)
	}
	return db, rig.Defaults(db.App, db.Owner).With(rig.Env{"PORT": port})
}

func TestMigrations_AnotherMigrationHasTheNumber(t *testing.T) {
	t.Parallel()
	other, name := programMigrations(t)
	other[otherName] = other[name]
	delete(other, name)
	db, env := migratedBy(t, other)
	rename := []string{"migrate", "rename", otherName, name}
	told := "migration 1 is " + otherName + " in the database and " + name + " in this program"
	for command, want := range map[string]int{"serve": 78, "work": 78, "migrate up": 78, "migrate status": 78, "user list": 78, "doctor": 1} {
		r := rig.Run(t, env, "", strings.Fields(command)...)
		if r.Status != want || !strings.Contains(r.Out, told) || !strings.Contains(r.Out, "stoa migrate rename "+otherName) {
			t.Errorf("stoa %s = %d, want %d, the migration and the remedy\n%s", command, r.Status, want, r.Out)
		}
		if command == "migrate status" && !strings.Contains(r.Out, "collided  "+name) {
			t.Errorf("stoa migrate status does not show the migration\n%s", r.Out)
		}
	}
	// Here only the name differs, so the remedy is to record it.
	if r := rig.Run(t, env, "", rename...); r.Status != 0 {
		t.Fatalf("stoa %s = %d\n%s", strings.Join(rename, " "), r.Status, r.Out)
	}
	rig.StartOn(t, pgserver.URLs{App: db.App, Owner: db.Owner}).RegisterAPI(t)
	if r := rig.Run(t, env, "", rename...); r.Status != 1 || !strings.Contains(r.Out, "the database has no migration "+otherName) {
		t.Errorf("a second stoa migrate rename = %d\n%s", r.Status, r.Out)
	}
}

// During a rolling upgrade the database has migrations that this program does not
// know, of the release after this one.
func TestMigrations_OfTheReleaseAfter(t *testing.T) {
	t.Parallel()
	newer, _ := programMigrations(t)
	newer["99999_newer.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE newer (id int);")}
	newer["app/99999_newer.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE newer_app (id int);")}
	db, env := migratedBy(t, newer)
	app := rig.StartOn(t, pgserver.URLs{App: db.App, Owner: db.Owner})
	app.RegisterAPI(t)
	if body := app.Browser(t).Fetch("GET", "/health", nil).Is(200).Body; !strings.Contains(body, `"migrations":"ok"`) {
		t.Errorf("GET /health = %s, want migrations ok", body)
	}
	for _, command := range []string{"migrate up", "migrate status", "doctor"} {
		if r := rig.Run(t, env, "", strings.Fields(command)...); r.Status != 0 {
			t.Errorf("stoa %s = %d\n%s", command, r.Status, r.Out)
		}
	}
}

// Another program's backup is restored after the start and before the first health
// check.
func TestMigrations_HealthTellsACollision(t *testing.T) {
	t.Parallel()
	all, name := programMigrations(t)
	db, env := migratedBy(t, all)
	p := rig.Launch(t, env, "serve")
	rig.Await(t, "the server to listen", func() bool { return p.Ended() || strings.Contains(p.Log.String(), `"msg":"serving"`) })
	owner := rig.On(pgserver.URLs{App: db.App, Owner: db.Owner})
	if n := owner.Exec(t, "UPDATE migration_names SET name = $1 WHERE name = $2", otherName, name); n != 1 {
		t.Fatalf("changed %d names, want 1", n)
	}
	app := &rig.App{Base: "http://localhost:" + env["PORT"], HTTP: &http.Transport{}}
	if body := app.Browser(t).Fetch("GET", "/health", nil).Is(503).Body; !strings.Contains(body, `"migrations":"collided"`) {
		t.Errorf("GET /health = %s, want migrations collided", body)
	}
	if r := rig.Run(t, env, "", "health"); r.Status != 1 {
		t.Errorf("stoa health = %d, want 1\n%s", r.Status, r.Out)
	}
	if log := p.Log.String(); !strings.Contains(log, otherName) || !strings.Contains(log, name) {
		t.Errorf("the log does not name the migrations\n%s", log)
	}
}
