package pg_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"stoa/migrations"
	"stoa/platform/pg"
	"stoa/platform/pg/pgtest"
	"stoa/platform/waittest"
)

// renamed returns fsys with another name for a file.
func renamed(fsys fstest.MapFS, from, to string) fstest.MapFS {
	all := fstest.MapFS{to: fsys[from]}
	for name, file := range fsys {
		if name != from {
			all[name] = file
		}
	}
	return all
}

// refuses ends the test unless err is a *pg.Collision that contains the words.
func refuses(t *testing.T, what string, err error, words ...string) {
	t.Helper()
	var collision *pg.Collision
	if !errors.As(err, &collision) {
		t.Fatalf("%s = %v, want a *Collision", what, err)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%s = %v, want %q in it", what, err, word)
		}
	}
}

func TestMigrate_AnotherMigrationHasTheNumber(t *testing.T) {
	t.Parallel()
	for dir, prefix := range map[string]string{"root": "", "app": "app/"} {
		t.Run(dir, func(t *testing.T) {
			d := pgtest.Empty(t)
			base := withApp(steps(`SELECT 1;`, `SELECT 2;`), `SELECT 1;`, `SELECT 2;`)
			migrate(t, d, base)
			other := renamed(base, prefix+"00002_step.sql", prefix+"00002_other.sql")
			other[prefix+"00003_later.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE later (id int);")}
			words := []string{"migration 2", prefix + "00002_step.sql in the database", prefix + "00002_other.sql in this program", "give " + prefix + "00002_other.sql the next free number",
				"stoa migrate rename " + prefix + "00002_step.sql NEW_NAME"}
			applied, err := pg.Migrate(t.Context(), d.Owner, d.App, other)
			refuses(t, "Migrate()", err, words...)
			if ran := versions(applied); len(ran) > 0 || queryText(t, d.DB, `SELECT concat(to_regclass('later'))`) != "" {
				t.Errorf("Migrate ran %v before it refused", ran)
			}
			_, err = d.Pending(t.Context(), other)
			refuses(t, "Pending()", err, words...)
			list, err := pg.Migrations(t.Context(), d.Owner, other)
			if err != nil {
				t.Fatal(err)
			}
			_, err = pg.Missing(list)
			refuses(t, "Missing()", err, words...)
		})
	}
}

// A program that waits for another one's migration compares the names again.
func TestMigrate_AnotherMigrationGetsTheNumberMeanwhile(t *testing.T) {
	t.Parallel()
	d := pgtest.Empty(t)
	migrate(t, d, steps(`CREATE TABLE a (id int);`))
	first := steps(`CREATE TABLE a (id int);`, `LOCK TABLE a;`)
	second := renamed(steps(`CREATE TABLE a (id int);`, `SELECT 1;`, `CREATE TABLE later (id int);`), "00002_step.sql", "00002_other.sql")
	owner := with(t, d.Owner, "lock_timeout", "1min")
	results := make(chan error, 1)
	run := func(fsys fstest.MapFS) {
		_, err := pg.Migrate(t.Context(), owner, d.App, fsys)
		results <- err
	}
	watch := open(t, pg.Config{URL: d.Owner})
	awaitSession := func(what, query string) {
		t.Helper()
		waittest.Until(t, what, func() bool {
			return queryText(t, watch, `SELECT (count(*) > 0)::text FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '`+query+`'`) == "true"
		})
	}
	err := d.Tx(t.Context(), func(tx *pg.Tx) error {
		if _, err := tx.Exec(t.Context(), `SELECT FROM a`); err != nil {
			return err
		}
		go run(first)
		awaitSession("the first program to migrate", "LOCK TABLE a%")
		go run(second)
		awaitSession("the second program to wait", "SELECT pg_try_advisory_lock%")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-results; err != nil {
		t.Fatalf("Migrate() of the first program = %v", err)
	}
	refuses(t, "Migrate() of the second program", <-results, "00002_step.sql", "00002_other.sql")
	if got := queryText(t, d.DB, `SELECT concat(to_regclass('later'))`); got != "" {
		t.Error("the second program ran a later migration")
	}
}

func TestMigrate_TwoFilesWithOneNumber(t *testing.T) {
	t.Parallel()
	d := pgtest.Empty(t)
	migrate(t, d, steps(`SELECT 1;`))
	for _, dir := range []string{"", "app/"} {
		fsys := withApp(steps(`SELECT 1;`), `SELECT 1;`)
		fsys[dir+"1_other.sql"] = fsys["00001_step.sql"]
		words := []string{dir + "00001_step.sql", dir + "1_other.sql", "same number 1", "next free number"}
		_, err := pg.Migrate(t.Context(), d.Owner, d.App, fsys)
		refuses(t, "Migrate()", err, words...)
		_, err = d.Pending(t.Context(), fsys)
		refuses(t, "Pending()", err, words...)
		_, err = pg.Migrations(t.Context(), d.Owner, fsys)
		refuses(t, "Migrations()", err, words...)
		_, err = pg.Fingerprint(fsys)
		refuses(t, "Fingerprint()", err, words...)
	}
}

func TestMigrations_EmbeddedFiles(t *testing.T) {
	t.Parallel()
	if _, err := pg.Fingerprint(migrations.FS); err != nil {
		t.Error(err)
	}
	if _, err := fs.Stat(migrations.FS, "app/README.md"); err != nil {
		t.Errorf("the folder app is not embedded: %v", err)
	}
}

// The release before has recorded no names: the first program that does records its
// own, with any number of replicas, and without a pending migration too.
func TestMigrate_AdoptsNamesOnce(t *testing.T) {
	t.Parallel()
	d := pgtest.Empty(t)
	one := steps(`SELECT 1;`)
	migrate(t, d, one)
	run(t, open(t, pg.Config{URL: d.Owner}), `DROP TABLE migration_names`)
	if n, err := d.Pending(t.Context(), one); n != 0 || err != nil {
		t.Fatalf("Pending() without names = %d, %v, want 0", n, err)
	}
	if ran := migrateTogether(t, d, one, 5); len(ran) > 0 {
		t.Fatalf("Migrate ran %v again", ran)
	}
	const names = `SELECT string_agg(concat_ws(' ', set, version, name), ', ' ORDER BY set, version) FROM migration_names`
	if got := queryText(t, d.DB, names); got != "stoa 1 00001_step.sql" {
		t.Fatalf("names = %q", got)
	}
	_, err := pg.Migrate(t.Context(), d.Owner, d.App, renamed(one, "00001_step.sql", "00001_other.sql"))
	refuses(t, "Migrate() with another name", err)
	migrate(t, d, withApp(steps(`SELECT 1;`, `SELECT 2;`), `SELECT 1;`))
	if got := queryText(t, d.DB, names); got != "app 1 00001_step.sql, stoa 1 00001_step.sql, stoa 2 00002_step.sql" {
		t.Fatalf("names after two migrations = %q", got)
	}
}

// The folder app has numbers of its own. Its migrations run after those of the root,
// also after those that a later release adds.
func TestMigrate_FolderApp(t *testing.T) {
	t.Parallel()
	d := pgtest.Empty(t)
	root := steps(`CREATE TABLE a (id int);`)
	one := withApp(root, `ALTER TABLE a ADD b int;`)
	for i, tc := range []struct {
		fsys fstest.MapFS
		want []string
	}{
		{one, []string{"00001_step.sql", "app/00001_step.sql"}},
		{one, nil},
		{withApp(steps(`CREATE TABLE a (id int);`, `ALTER TABLE a ADD c int;`), `SELECT 1;`, `ALTER TABLE a DROP c;`), []string{"00002_step.sql", "app/00002_step.sql"}},
		{root, nil},
	} {
		applied, err := pg.Migrate(t.Context(), d.Owner, d.App, tc.fsys)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, a := range applied {
			if !isJobsMigration(a.Name) {
				names = append(names, a.Name)
			}
		}
		if diff := cmp.Diff(tc.want, names); diff != "" {
			t.Errorf("Migrate, time %d (-want +got):\n%s", i+1, diff)
		}
		if n, err := d.Pending(t.Context(), tc.fsys); n != 0 || err != nil {
			t.Errorf("Pending, time %d = %d, %v, want 0", i+1, n, err)
		}
	}
	if n, err := d.Pending(t.Context(), withApp(root, `SELECT 1;`, `SELECT 2;`, `SELECT 3;`)); n != 1 || err != nil {
		t.Errorf("Pending() with a third file in app = %d, %v, want 1", n, err)
	}
}

func TestRename(t *testing.T) {
	t.Parallel()
	d := pgtest.Empty(t)
	old := steps(`SELECT 1;`, `CREATE TABLE bookmarks (id int);`)
	migrate(t, d, old)
	// The product's second migration moves to app, because the next release has one
	// with its number.
	next := steps(`SELECT 1;`, `CREATE TABLE notes (id int);`)
	next = withApp(renamed(next, "00002_step.sql", "00002_notes.sql"), `CREATE TABLE bookmarks (id int);`)
	for name, tc := range map[string]struct{ from, to, want string }{
		"not in the database":   {"00003_step.sql", "app/00001_step.sql", "has no migration 00003_step.sql"},
		"another name":          {"00002_bookmarks.sql", "app/00001_step.sql", "has no migration 00002_bookmarks.sql"},
		"not in the program":    {"00002_step.sql", "app/00001_bookmarks.sql", "no migration app/00001_bookmarks.sql"},
		"still in the program":  {"00001_step.sql", "app/00001_step.sql", "rename its file first"},
		"number taken":          {"00002_step.sql", "00001_step.sql", "another migration with the number of 00001_step.sql"},
		"no number":             {"step.sql", "00002_notes.sql", `"step.sql" is not the name of a migration`},
		"folder does not exist": {"00002_step.sql", "other/00001_step.sql", `"other/00001_step.sql" is not the name of a migration`},
	} {
		if err := pg.Rename(t.Context(), d.Owner, next, tc.from, tc.to); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("Rename, %s = %v, want %q", name, err, tc.want)
		}
	}
	_, err := pg.Migrate(t.Context(), d.Owner, d.App, next)
	refuses(t, "Migrate() before Rename", err)
	if err := pg.Rename(t.Context(), d.Owner, next, "00002_step.sql", "app/00001_step.sql"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int64{2}, migrate(t, d, next)); diff != "" {
		t.Fatalf("Migrate after Rename (-want +got):\n%s", diff)
	}
	if got := queryText(t, d.DB, `SELECT concat(to_regclass('bookmarks'), ' ', to_regclass('notes'))`); got != "bookmarks notes" {
		t.Errorf("tables = %q", got)
	}
	again := renamed(next, "00002_notes.sql", "00002_remarks.sql")
	if err := pg.Rename(t.Context(), d.Owner, again, "00002_notes.sql", "00002_remarks.sql"); err != nil {
		t.Fatal(err)
	}
	if ran := migrate(t, d, again); len(ran) > 0 {
		t.Errorf("Migrate ran %v after a new name", ran)
	}
}

// Migrations that the release before has applied have no names.
func TestRename_WithoutNames(t *testing.T) {
	t.Parallel()
	d := pgtest.Empty(t)
	migrate(t, d, steps(`SELECT 1;`, `CREATE TABLE bookmarks (id int);`))
	run(t, open(t, pg.Config{URL: d.Owner}), `DROP TABLE migration_names`)
	next := withApp(steps(`SELECT 1;`, `CREATE TABLE notes (id int);`), `CREATE TABLE bookmarks (id int);`)
	next = renamed(next, "00002_step.sql", "00002_notes.sql")
	if err := pg.Rename(t.Context(), d.Owner, next, "00002_bookmarks.sql", "app/00001_step.sql"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int64{2}, migrate(t, d, next)); diff != "" {
		t.Fatalf("Migrate after Rename (-want +got):\n%s", diff)
	}
}
