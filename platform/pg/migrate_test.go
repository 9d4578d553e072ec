package pg_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"stoa/platform/pg"
	"stoa/platform/pg/pgtest"
	"stoa/platform/waittest"
)

// steps returns migrations with the numbers 1, 2 and so on.
func steps(statements ...string) fstest.MapFS {
	fsys := fstest.MapFS{"embed.go": {Data: []byte("package migrations")}}
	for i, statement := range statements {
		content := "-- +goose Up\n" + statement + "\n"
		fsys[fmt.Sprintf("%05d_step.sql", i+1)] = &fstest.MapFile{Data: []byte(content)}
	}
	return fsys
}

// withApp adds migrations to the folder app.
func withApp(fsys fstest.MapFS, statements ...string) fstest.MapFS {
	all := maps.Clone(fsys)
	for name, file := range steps(statements...) {
		all["app/"+name] = file
	}
	return all
}

// migrate migrates and returns the versions that ran.
func migrate(t *testing.T, d pgtest.Database, fsys fstest.MapFS) []int64 {
	t.Helper()
	applied, err := pg.Migrate(t.Context(), d.Owner, d.App, fsys)
	if err != nil {
		t.Fatalf("Migrate() = %v", err)
	}
	return versions(applied)
}

// versions returns the versions of our migrations, without those of the job queue.
func versions(applied []pg.Applied) []int64 {
	var all []int64
	for _, a := range applied {
		if !isJobsMigration(a.Name) {
			all = append(all, a.Version)
		}
	}
	return all
}

func isJobsMigration(name string) bool { return strings.HasPrefix(name, "river/") }

func TestMigrate_EachVersionOnce(t *testing.T) {
	d := pgtest.Empty(t)
	one := steps(`CREATE TABLE a (id int);`)
	two := steps(`CREATE TABLE a (id int);`, `CREATE TABLE b (id int);`)
	for i, tc := range []struct {
		fsys fstest.MapFS
		want []int64
	}{{one, []int64{1}}, {one, nil}, {two, []int64{2}}, {two, nil}, {one, nil}} {
		if diff := cmp.Diff(tc.want, migrate(t, d, tc.fsys)); diff != "" {
			t.Fatalf("Migrate, time %d (-want +got):\n%s", i+1, diff)
		}
	}
}

// Five replicas migrate concurrently, an empty database and one with the first
// migrations. The migrations take long enough for all replicas to overlap.
func TestMigrate_Concurrent(t *testing.T) {
	const slow = `CREATE TABLE a (id int); INSERT INTO a VALUES (1); SELECT pg_sleep(0.2);`
	for name, tc := range map[string]struct {
		before, fsys fstest.MapFS
		want         []int64
	}{
		"empty": {nil, steps(slow, `CREATE TABLE b (id int);`), []int64{1, 2}},
		"begun": {steps(`SELECT 1;`), steps(`SELECT 1;`, slow, `CREATE TABLE b (id int);`), []int64{2, 3}},
	} {
		t.Run(name, func(t *testing.T) {
			d := pgtest.Empty(t)
			if tc.before != nil {
				migrate(t, d, tc.before)
			}
			if diff := cmp.Diff(tc.want, migrateTogether(t, d, tc.fsys, 5)); diff != "" {
				t.Fatalf("five Migrates ran (-want +got):\n%s", diff)
			}
			if got := queryText(t, d.DB, `SELECT count(*)::text FROM a`); got != "1" {
				t.Fatalf("the insert ran %s times, want once", got)
			}
		})
	}
}

// migrateTogether migrates from several goroutines and returns the versions that
// ran.
func migrateTogether(t *testing.T, d pgtest.Database, fsys fstest.MapFS, times int) []int64 {
	t.Helper()
	var wg sync.WaitGroup
	var mu sync.Mutex
	var ran []int64
	for range times {
		wg.Go(func() {
			applied, err := pg.Migrate(t.Context(), d.Owner, d.App, fsys)
			if err != nil {
				t.Errorf("Migrate() = %v", err)
			}
			mu.Lock()
			defer mu.Unlock()
			ran = append(ran, versions(applied)...)
		})
	}
	wg.Wait()
	return ran
}

func TestMigrate_FailedMigrationRollsBack(t *testing.T) {
	d := pgtest.Empty(t)
	applied, err := pg.Migrate(t.Context(), d.Owner, d.App, steps(`CREATE TABLE a (id int);`, `CREATE TABLE b (id int); SELECT nonsense;`))
	if diff := cmp.Diff([]int64{1}, versions(applied)); diff != "" {
		t.Fatalf("applied before the failure (-want +got):\n%s", diff)
	}
	if err == nil || !strings.Contains(err.Error(), "00002_step.sql") || !strings.Contains(err.Error(), "nonsense") {
		t.Fatalf("Migrate() = %v, want the file and the reason", err)
	}
	owner := open(t, pg.Config{URL: d.Owner})
	if got := queryText(t, owner, `SELECT concat(to_regclass('a'), ' ', to_regclass('b'))`); got != "a " {
		t.Fatalf("tables after the failure: %q, want a alone", got)
	}
	if diff := cmp.Diff([]int64{2}, migrate(t, d, steps(`SELECT 1;`, `CREATE TABLE b (id int);`))); diff != "" {
		t.Fatalf("Migrate after the fix (-want +got):\n%s", diff)
	}
}

// A migration that cannot acquire its lock fails soon, because other statements wait
// behind it meanwhile.
func TestMigrate_LockTimeout(t *testing.T) {
	d := pgtest.Empty(t)
	migrate(t, d, steps(`CREATE TABLE a (id int);`))
	err := d.Tx(t.Context(), func(tx *pg.Tx) error {
		if _, err := tx.Exec(t.Context(), `SELECT FROM a`); err != nil {
			t.Fatal(err)
		}
		_, err := pg.Migrate(t.Context(), with(t, d.Owner, "lock_timeout", "50ms"), d.App,
			steps(`CREATE TABLE a (id int);`, `ALTER TABLE a ADD b int;`))
		return err
	})
	if !pg.Unavailable(err) {
		t.Fatalf("Migrate() while a transaction reads the table = %v, want a lock timeout", err)
	}
}

// A process that is killed during a migration leaves no lock: the next one
// continues.
func TestMigrate_AfterKilledProcess(t *testing.T) {
	d := pgtest.Empty(t)
	fsys := steps(`CREATE TABLE a (id int);`, `SELECT pg_sleep(60);`)
	ctx, cancel := context.WithCancel(t.Context())
	migrated := make(chan error)
	go func() {
		_, err := pg.Migrate(ctx, d.Owner, d.App, fsys)
		migrated <- err
	}()
	owner := open(t, pg.Config{URL: d.Owner})
	waittest.Until(t, "the migration to run", func() bool {
		return queryText(t, owner, `SELECT count(*)::text FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(60)%' AND state = 'active'`) == "1"
	})
	cancel()
	if err := <-migrated; err == nil {
		t.Fatal("Migrate() of a killed process = nil")
	}
	waittest.Until(t, "its session to end", func() bool {
		return queryText(t, owner, `SELECT count(*)::text FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(60)%'`) == "0"
	})
	if diff := cmp.Diff([]int64{2}, migrate(t, d, steps(`SELECT 1;`, `CREATE TABLE b (id int);`))); diff != "" {
		t.Fatalf("the next Migrate (-want +got):\n%s", diff)
	}
}

func TestMigrate_Refusals(t *testing.T) {
	d := pgtest.Empty(t)
	for name, tc := range map[string]struct {
		owner, app string
		fsys       fstest.MapFS
	}{
		"malformed owner": {"postgres://x:hush@y:z/", d.App, steps(`SELECT 1;`)},
		"malformed app":   {d.Owner, "postgres://x:hush@y:z/", steps(`SELECT 1;`)},
		"unknown role":    {d.Owner, "postgres://nobody-here@/x", steps(`SELECT 1;`)},
		"no number":       {d.Owner, d.App, fstest.MapFS{"step.sql": {Data: []byte("-- +goose Up")}}},
	} {
		_, err := pg.Migrate(t.Context(), tc.owner, tc.app, tc.fsys)
		if err == nil || strings.Contains(err.Error(), "hush") {
			t.Errorf("Migrate, %s = %v, want an error without the password", name, err)
		}
	}
}

func TestMigrations_Pending(t *testing.T) {
	d := pgtest.Empty(t)
	one, two := steps(`SELECT 1;`), steps(`SELECT 1;`, `SELECT 2;`)
	check := func(when string, fsys fstest.MapFS, pending int, want ...pg.Status) {
		t.Helper()
		got, err := pg.Migrations(t.Context(), d.Owner, fsys)
		if err != nil {
			t.Fatalf("Migrations, %s = %v", when, err)
		}
		for _, status := range got[len(want):] {
			if !isJobsMigration(status.Name) {
				t.Errorf("%s comes after %s, want only migrations of the job queue there", status.Name, want[len(want)-1].Name)
			}
			if status.AppliedAt.IsZero() {
				pending++
			}
		}
		got = got[:len(want)]
		sameTime := cmp.Comparer(func(a, b time.Time) bool { return a.IsZero() == b.IsZero() })
		if diff := cmp.Diff(want, got, sameTime); diff != "" {
			t.Errorf("Migrations, %s (-want +got):\n%s", when, diff)
		}
		if n, err := d.Pending(t.Context(), fsys); err != nil || n != pending {
			t.Errorf("Pending, %s = %d, %v, want %d", when, n, err, pending)
		}
	}
	first, second := pg.Status{Version: 1, Name: "00001_step.sql"}, pg.Status{Version: 2, Name: "00002_step.sql"}
	check("before", two, 2, first, second)
	owner := open(t, pg.Config{URL: d.Owner})
	if got := queryText(t, owner, `SELECT concat(to_regclass('goose_db_version'))`); got != "" {
		t.Fatal("Migrations created a table in an empty database")
	}
	migrate(t, d, one)
	first.AppliedAt, first.Recorded = time.Now(), first.Name
	check("half way", two, 1, first, second)
	migrate(t, d, two)
	second.AppliedAt, second.Recorded = time.Now(), second.Name
	check("at the end", two, 0, first, second)
	check("for an older program", one, 0, first)
}

func TestFingerprint(t *testing.T) {
	base := steps(`SELECT 1;`)
	renamed := fstest.MapFS{"00001_other.sql": base["00001_step.sql"]}
	seen := map[string]int{}
	for i, fsys := range []fstest.MapFS{base, renamed, steps(`SELECT 2;`), steps(`SELECT 1;`, `SELECT 2;`), {}} {
		print, err := pg.Fingerprint(fsys)
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := seen[print]; ok {
			t.Errorf("migrations %d and %d have the same fingerprint", i, other)
		}
		seen[print] = i
	}
	if again, _ := pg.Fingerprint(steps(`SELECT 1;`)); seen[again] != 0 {
		t.Error("the same migrations have different fingerprints")
	}
}

// Migrate creates the job queue's schema once, with any number of processes. The
// program's role changes rows in it and creates nothing.
func TestMigrate_JobQueue(t *testing.T) {
	d := pgtest.Empty(t)
	migrateTogether(t, d, steps(`SELECT 1;`), 5)
	if n := queryText(t, d.DB, `SELECT count(*)::text || ' ' || count(DISTINCT version) FROM river.river_migration`); n != "8 8" {
		t.Fatalf("rows and versions of the job queue = %s, want each version once", n)
	}
	run(t, d.DB, `INSERT INTO river.river_job (kind, args, max_attempts) VALUES ('x', '{}', 1); UPDATE river.river_job SET priority = 2; DELETE FROM river.river_job`)
	for _, statement := range []string{`CREATE TABLE river.x (id int)`, `TRUNCATE river.river_job`, `DELETE FROM river.river_migration`, `DROP TABLE river.river_queue`} {
		if _, err := d.Exec(t.Context(), statement); err == nil {
			t.Errorf("the program's role may: %s", statement)
		}
	}
}

// While another process runs the queue's first migrations, their table lacks
// columns.
func TestMigrations_JobQueuePartlyMigrated(t *testing.T) {
	d := pgtest.Empty(t)
	owner := open(t, pg.Config{URL: d.Owner})
	run(t, owner, `CREATE SCHEMA river; CREATE TABLE river.river_migration (id bigserial PRIMARY KEY, created_at timestamptz NOT NULL DEFAULT now(), version bigint NOT NULL)`)
	list, err := pg.Migrations(t.Context(), d.Owner, steps(`SELECT 1;`))
	if err != nil || len(list) < 2 || !list[len(list)-1].AppliedAt.IsZero() {
		t.Errorf("Migrations = %v, %v, want those of the queue pending", list, err)
	}
}
