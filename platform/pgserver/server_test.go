//go:build unix

package pgserver

import (
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"stoa/platform/waittest"
)

// A start without a DATA_DIR creates the roles, the settings, the database and the
// files with their modes.
func TestStart_FromNothing(t *testing.T) {
	t.Parallel()
	skipUnlessOwnData(t)
	dir := filepath.Join(t.TempDir(), "not", "there")
	cfg := config(dir)
	cfg.Unsafe = false // as in development
	s := start(t, cfg)
	urls := s.URLs()

	roles := mustQuery(t, urls.App, `
		SELECT string_agg(concat_ws(' ', rolname, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication), ', ' ORDER BY rolname)
		FROM pg_roles WHERE rolname LIKE 'stoa%'`)
	if want := "stoa f f f f f, stoa_owner f f f f f"; roles != want {
		t.Errorf("roles are %q, want %q", roles, want)
	}
	for setting, want := range map[string]string{
		"listen_addresses": "", "fsync": "on", "full_page_writes": "on", "synchronous_commit": "on",
		"server_encoding": "UTF8", "data_checksums": "on", "timezone": "UTC", "max_connections": "20",
	} {
		if got := mustQuery(t, urls.App, `SELECT current_setting('`+setting+`')`); got != want {
			t.Errorf("%s is %q, want %q", setting, got, want)
		}
	}
	if got := mustQuery(t, urls.App, `SELECT pg_get_userbyid(datdba)::text FROM pg_database WHERE datname = current_database()`); got != "stoa_owner" {
		t.Errorf("the database belongs to %s, want stoa_owner", got)
	}
	if got := mustQuery(t, urls.Owner, `SELECT current_user::text`); got != "stoa_owner" {
		t.Errorf("the owner's URL connects as %s", got)
	}

	dsn, err := os.ReadFile(filepath.Join(dir, "database.dsn"))
	if err != nil || string(dsn) != urls.App {
		t.Errorf("database.dsn holds %q, %v, want %q", dsn, err, urls.App)
	}
	for path, want := range map[string]os.FileMode{
		filepath.Join(dir, "database.dsn"):          0o600,
		filepath.Join(dir, "postgres", "conn.json"): 0o600,
		dir:                                    os.ModeDir | 0o700,
		filepath.Join(dir, "postgres", "data"): os.ModeDir | 0o700,
		socketDirOf(t, urls):                   os.ModeDir | 0o700,
	} {
		if info, err := os.Stat(path); err != nil || info.Mode() != want {
			t.Errorf("mode of %s is %v, %v, want %v", path, info.Mode(), err, want)
		}
	}
}

func socketDirOf(t *testing.T, urls URLs) string {
	t.Helper()
	u, err := url.Parse(urls.App)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get("host")
}

func TestStop_LeavesDataAndNothingElse(t *testing.T) {
	t.Parallel()
	dir := readyDir(t)
	s := start(t, config(dir))
	urls := s.URLs()
	pid := postmasterPid(t, dir)
	_ = mustQuery(t, urls.Owner, `CREATE TABLE kept AS SELECT 7 AS n`)
	stop(t, s)
	stop(t, s) // a second call does nothing

	if commandLine(pid) != "" {
		t.Error("postgres still runs after Stop")
	}
	for _, path := range []string{filepath.Join(dir, "postgres", "conn.json"), socketDirOf(t, urls)} {
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is there after Stop", path)
		}
	}
	select {
	case <-s.Done():
		t.Error("Done() is closed after Stop, want that only after failed restarts")
	default:
	}

	again := start(t, config(dir))
	if diff := cmp.Diff(urls, again.URLs()); diff != "" {
		t.Errorf("URLs of the second start (-first +second):\n%s", diff)
	}
	if got := mustQuery(t, urls.App, `SELECT relname::text FROM pg_class WHERE relname = 'kept'`); got != "kept" {
		t.Error("the table is gone after a restart")
	}
}

// A running query does not delay Stop.
func TestStop_WithAnOpenTransaction(t *testing.T) {
	t.Parallel()
	s := start(t, config(readyDir(t)))
	failed := make(chan error)
	go func() {
		_, err := query(t.Context(), s.URLs().App, `SELECT pg_sleep(600)::text`)
		failed <- err
	}()
	waittest.Until(t, "the query to run", func() bool {
		return mustQuery(t, s.URLs().App, `SELECT count(*)::text FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'`) == "1"
	})
	stop(t, s)
	if err := <-failed; err == nil {
		t.Fatal("the query outlived the server")
	}
}

func TestJoin(t *testing.T) {
	t.Parallel()
	dir := readyDir(t)
	if _, err := Join(t.Context(), dir); !errors.Is(err, ErrNotRunning) {
		t.Fatalf("Join before Start = %v, want ErrNotRunning", err)
	}
	if _, err := Join(t.Context(), filepath.Join(dir, "not", "there")); !errors.Is(err, ErrNotRunning) {
		t.Fatalf("Join where nothing is = %v, want ErrNotRunning", err)
	}
	other := startProgram(t, dir)
	if other.first != "ready" {
		t.Fatalf("the other process: %s", other.first)
	}
	urls, err := Join(t.Context(), dir)
	if err != nil {
		t.Fatalf("Join beside a running server = %v", err)
	}
	if got := mustQuery(t, urls.App, `SELECT 'here'`); got != "here" {
		t.Fatalf("the joined server returned %q", got)
	}
	if _, err := Start(t.Context(), config(dir)); !errors.Is(err, ErrRunning) {
		t.Fatalf("Start beside a running server = %v, want ErrRunning", err)
	}
	other.input.Close()
	if err := other.Wait(); err != nil {
		t.Fatalf("the other process ended with %v", err)
	}
	if _, err := Join(t.Context(), dir); !errors.Is(err, ErrNotRunning) {
		t.Fatalf("Join after the end = %v, want ErrNotRunning", err)
	}
}

// Of several concurrent calls of Start one runs the server and the others return
// ErrRunning. Join then succeeds for all, even before the server is ready.
func TestStart_AtOnce(t *testing.T) {
	t.Parallel()
	dir := readyDir(t)
	var mu sync.Mutex
	var winners []*Server
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			s, err := Start(t.Context(), config(dir))
			switch {
			case err == nil:
				mu.Lock()
				winners = append(winners, s)
				mu.Unlock()
			case !errors.Is(err, ErrRunning):
				t.Errorf("Start() = %v, want a server or ErrRunning", err)
			}
			if _, err := Join(t.Context(), dir); err != nil {
				t.Errorf("Join() = %v", err)
			}
		})
	}
	wg.Wait()
	if len(winners) != 1 {
		t.Fatalf("%d servers were started, want 1", len(winners))
	}
	stop(t, winners[0])
}

func TestJoin_GivesUpWithItsContext(t *testing.T) {
	dir := readyDir(t)
	paths, err := newPaths(dir)
	if err != nil {
		t.Fatal(err)
	}
	lock, err := takeLock(t.Context(), paths.lockFile()) // a process that never publishes its URLs
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Join(ctx, dir); !errors.Is(err, context.Canceled) {
		t.Fatalf("Join() = %v, want the context's error", err)
	}
}

func TestStart_CancelledLeavesNothingRunning(t *testing.T) {
	t.Parallel()
	skipUnlessOwnData(t)
	dir := filepath.Join(t.TempDir(), "data")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { _, err := Start(ctx, config(dir)); done <- err }()
	waittest.Until(t, "initdb to write files", func() bool {
		found, _ := filepath.Glob(filepath.Join(dir, "postgres", "data.new", "*"))
		return len(found) > 0
	})
	cancel()
	if err := <-done; err == nil {
		t.Fatal("Start() = nil after its context ended")
	}
	if _, err := os.Stat(filepath.Join(dir, "postgres", "data")); !errors.Is(err, os.ErrNotExist) {
		t.Fatal("an incomplete cluster is in the cluster's directory")
	}
	start(t, config(dir))
}

// The path of DATA_DIR has special characters and is long.
func TestStart_Path(t *testing.T) {
	t.Parallel()
	skipUnlessOwnData(t)
	dir := filepath.Join(t.TempDir(), `a b/c'd "e" $f, ü`, strings.Repeat(strings.Repeat("x", 60)+"/", 10))
	s := start(t, config(dir))
	if got := mustQuery(t, s.URLs().App, `SELECT 'here'`); got != "here" {
		t.Fatalf("the server returned %q", got)
	}
	if _, err := os.Stat(filepath.Join(dir, "postgres", "data", "PG_VERSION")); err != nil {
		t.Fatal(err)
	}
}

func TestStart_BlankInTMPDIR(t *testing.T) {
	dir := readyDir(t)
	temp := filepath.Join(t.TempDir(), "a b")
	if err := os.Mkdir(temp, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", temp)
	s := start(t, config(dir))
	if got := mustQuery(t, s.URLs().App, `SELECT 'here'`); got != "here" {
		t.Fatalf("the server returned %q", got)
	}
}
