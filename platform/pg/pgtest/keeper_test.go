//go:build unix

package pgtest

import (
	"context"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"stoa/platform/pgserver"
	"stoa/platform/waittest"
)

// helperVar makes TestHelper use a test server.
const helperVar = "STOA_PGTEST_HELPER"

// TestHelper runs in a process of its own, as another test binary would.
func TestHelper(t *testing.T) {
	if os.Getenv(helperVar) == "" {
		t.Skip("run by the other tests of this file")
	}
	TestNew_MigratedForUnprivilegedRole(t)
	if err := DB(t).Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// runHelper runs TestHelper in a process with its own cache directory.
func runHelper(t *testing.T, cache string, env ...string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestHelper$")
	cmd.Env = append(os.Environ(), helperVar+"=1", "XDG_CACHE_HOME="+cache, "STOA_PG_BIN="+programs(t))
	cmd.Env = append(cmd.Env, env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("helper: %v\n%s", err, out)
	}
}

// programs returns the directory of PostgreSQL's programs: with its own cache
// directory, a helper would not find the downloaded ones.
func programs(t *testing.T) string {
	t.Helper()
	var dir string
	if err := clusterOrSkip(t).admin.QueryRow(t.Context(), `SELECT setting FROM pg_config WHERE name = 'BINDIR'`).Scan(&dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

func clusterOrSkip(t *testing.T) *cluster {
	t.Helper()
	if os.Getenv("TEST_DATABASE_URL") != "" {
		t.Skip("TEST_DATABASE_URL is used instead of a private server")
	}
	c, err := binaryCluster()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// serverDir returns the directory of the helpers' server.
func serverDir(t *testing.T, cache string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(cache, "stoa", "pgtest*"))
	if err != nil || len(found) != 1 {
		t.Fatalf("the helpers' servers are %v, %v, want one", found, err)
	}
	return found[0]
}

func clusterDir(t *testing.T, dir string) string {
	t.Helper()
	data, err := pgserver.ClusterDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// awaitStop waits for the end of the helpers' server and returns its directory.
func awaitStop(t *testing.T, cache string) string {
	t.Helper()
	dir := serverDir(t, cache)
	waittest.Until(t, "the server to stop", func() bool {
		_, err := pgserver.Join(context.Background(), dir)
		return errors.Is(err, pgserver.ErrNotRunning)
	})
	return dir
}

func TestKeeper_SharesServerAndStopsIt(t *testing.T) {
	cache := t.TempDir()
	var wg sync.WaitGroup
	for range 3 { // without a server, one of them starts it
		wg.Go(func() { runHelper(t, cache, lingerVar+"=50ms") })
	}
	wg.Wait()
	dir := awaitStop(t, cache)
	if _, err := os.Stat(filepath.Join(clusterDir(t, dir), "postmaster.pid")); !errors.Is(err, os.ErrNotExist) {
		t.Fatal("postgres left its lock file, want a clean stop")
	}
	runHelper(t, cache, lingerVar+"=0s") // with the existing data
	awaitStop(t, cache)
}

func TestKeeper_Killed(t *testing.T) {
	cache := t.TempDir()
	runHelper(t, cache, lingerVar+"=1h")
	pidFile := filepath.Join(clusterDir(t, serverDir(t, cache)), "postmaster.pid")
	keeper := parentOf(t, pidFile)
	if err := syscall.Kill(keeper, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	awaitStop(t, cache) // before that, a helper could join the stopping server
	runHelper(t, cache, lingerVar+"=0s")
	awaitStop(t, cache)
}

// parentOf returns the parent process of the process in the file.
func parentOf(t *testing.T, pidFile string) int {
	t.Helper()
	content, err := os.ReadFile(pidFile)
	if err != nil {
		t.Fatal(err)
	}
	pid, _, _ := strings.Cut(string(content), "\n")
	if _, err := exec.LookPath("ps"); err != nil {
		t.Skip("ps is needed to find the keeper")
	}
	out, err := exec.Command("ps", "-o", "ppid=", "-p", pid).Output()
	if err != nil {
		t.Fatal(err)
	}
	parent, err := strconv.Atoi(strings.TrimSpace(string(out)))
	if err != nil {
		t.Fatal(err)
	}
	return parent
}

// When the server does not start with its data, it starts with a new cluster: a
// crash of the machine may corrupt the data, which is written without fsync.
func TestKeeper_CorruptData(t *testing.T) {
	cache := t.TempDir()
	runHelper(t, cache, lingerVar+"=0s")
	dir := awaitStop(t, cache)
	if err := os.Truncate(filepath.Join(clusterDir(t, dir), "global", "pg_control"), 0); err != nil {
		t.Fatal(err)
	}
	runHelper(t, cache, lingerVar+"=0s")
	awaitStop(t, cache)
}

func TestGivenServer(t *testing.T) {
	given, err := pgserver.Start(t.Context(), pgserver.Config{DataDir: t.TempDir(), BinDir: programs(t), Unsafe: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := given.Stop(context.Background()); err != nil {
			t.Errorf("Stop() = %v", err)
		}
	}()
	u, err := url.Parse(given.URLs().Owner)
	if err != nil {
		t.Fatal(err)
	}
	u.User, u.Path = url.User(pgserver.Superuser), "/postgres"
	cache := t.TempDir()
	for range 2 { // the second time the role and the template exist
		runHelper(t, cache, "TEST_DATABASE_URL="+u.String())
	}
	if found, _ := filepath.Glob(filepath.Join(cache, "stoa", "*")); len(found) > 0 {
		t.Fatalf("private servers = %v, want none beside the given one", found)
	}
}
