//go:build unix

package pgserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"stoa/platform/waittest"
)

// write adds a row and returns when it is committed.
func write(t *testing.T, s *Server, n int) {
	t.Helper()
	_ = mustQuery(t, s.URLs().Owner, `CREATE TABLE IF NOT EXISTS kept (n int)`)
	_ = mustQuery(t, s.URLs().Owner, fmt.Sprintf(`INSERT INTO kept VALUES (%d) RETURNING 'done'`, n))
}

const kept = `SELECT string_agg(n::text, ' ' ORDER BY n) FROM kept`

func TestServer_PostmasterKilled(t *testing.T) {
	t.Parallel()
	dir := readyDir(t)
	cfg := config(dir)
	cfg.Unsafe = false
	s := start(t, cfg)
	for n := range 3 { // it is restarted each time
		write(t, s, n)
		pid := postmasterPid(t, dir)
		kill(t, pid)
		waittest.Until(t, "the server to respond again", func() bool {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, err := query(ctx, s.URLs().Owner, kept)
			return err == nil && postmasterPid(t, dir) != pid
		})
	}
	if got := mustQuery(t, s.URLs().Owner, kept); got != "0 1 2" {
		t.Fatalf("after kill -9 of postgres the rows are %q, want 0 1 2", got)
	}
	select {
	case <-s.Done():
		t.Fatal("Done() is closed though postgres was restarted")
	default:
	}
}

// When one backend is killed, postgres itself restarts all others, without our
// supervision.
func TestServer_BackendKilled(t *testing.T) {
	t.Parallel()
	s := start(t, config(readyDir(t)))
	conn, err := pgx.Connect(t.Context(), s.URLs().App)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	pid := int(conn.PgConn().PID())
	kill(t, pid)
	waittest.Until(t, "the server to respond again", func() bool {
		_, err := query(t.Context(), s.URLs().App, `SELECT 'here'`)
		return err == nil && commandLine(pid) == ""
	})
}

func TestServer_StopWhileItDoesNotStart(t *testing.T) {
	t.Parallel()
	dir := readyDir(t)
	s := start(t, config(dir))
	breakCluster(t, dir)
	kill(t, postmasterPid(t, dir))
	waittest.Until(t, "postgres to end", func() bool { return commandLine(postmasterPid(t, dir)) == "" })
	stop(t, s)
}

func TestServer_GivesUpInTheEnd(t *testing.T) {
	t.Parallel()
	dir := readyDir(t)
	cfg := config(dir)
	cfg.restartLimit = time.Nanosecond
	s := start(t, cfg)
	breakCluster(t, dir)
	kill(t, postmasterPid(t, dir))
	select {
	case <-s.Done():
	case <-time.After(time.Minute):
		t.Fatal("Done() is not closed though postgres cannot start")
	}
	if _, err := Join(t.Context(), dir); !errors.Is(err, ErrNotRunning) {
		t.Fatalf("Join() after giving up = %v, want ErrNotRunning", err)
	}
}

// breakCluster makes the next start of postgres fail.
func breakCluster(t *testing.T, dir string) {
	t.Helper()
	control := filepath.Join(dir, "postgres", "data", "global", "pg_control")
	if err := os.Rename(control, control+".away"); err != nil {
		t.Fatal(err)
	}
}

// When the program is killed, postgres ends (where the system signals a parent's
// death), and the next start finds every committed row.
func TestStart_AfterTheProgramWasKilled(t *testing.T) {
	t.Parallel()
	dir := readyDir(t)
	other := startProgram(t, dir)
	urls, err := Join(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	_ = mustQuery(t, urls.Owner, `CREATE TABLE kept AS SELECT 7 AS n`)
	pid := postmasterPid(t, dir)
	kill(t, other.Process.Pid)
	_ = other.Wait()
	if runtime.GOOS == "linux" {
		waittest.Until(t, "postgres to end", func() bool { return commandLine(pid) == "" })
	}
	s := start(t, config(dir))
	if got := mustQuery(t, s.URLs().Owner, kept); got != "7" {
		t.Fatalf("the rows are %q, want 7", got)
	}
}

// A start immediately after the kill meets a postgres that is still shutting down.
func TestStart_RightAfterTheProgramWasKilled(t *testing.T) {
	t.Parallel()
	dir := readyDir(t)
	other := startProgram(t, dir)
	kill(t, other.Process.Pid)
	_ = other.Wait()
	s := start(t, config(dir))
	if got := mustQuery(t, s.URLs().App, `SELECT 'here'`); got != "here" {
		t.Fatalf("the server returned %q", got)
	}
}

// Where the system does not signal a parent's death, a killed program leaves a
// running postgres, which the next start must stop.
func TestStart_StopsAnOrphan(t *testing.T) {
	t.Parallel()
	dir := readyDir(t)
	s := start(t, config(dir))
	launcher := s.launcher
	stop(t, s)

	sockets := t.TempDir()
	launcher.paths.sockets = sockets
	cmd := launcher.account.command(context.Background(), launcher.programs.path("postgres"), launcher.args()...)
	orphanOf(cmd)
	if err := os.Chmod(sockets, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	waittest.Until(t, "the orphan to be ready", func() bool {
		return readPidFile(launcher.paths.data).status == "ready"
	})
	start(t, config(dir))
	select {
	case err := <-ended:
		if err != nil {
			t.Fatalf("the orphan ended with %v, want a clean end", err)
		}
	case <-time.After(time.Minute):
		t.Fatal("the orphan still runs")
	}
}

// By default postgres does not start when another process has reused the pid in
// its lock file.
func TestStart_StaleLockFileWithReusedNumber(t *testing.T) {
	t.Parallel()
	dir := readyDir(t)
	sleeper := exec.Command("sleep", "600")
	if err := sleeper.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = sleeper.Process.Kill(); _ = sleeper.Wait() }()
	data := filepath.Join(dir, "postgres", "data")
	content := fmt.Sprintf("%d\n%s\n1700000000\n5432\n/nowhere\n\n  1 1\nready   \n", sleeper.Process.Pid, data)
	if err := os.WriteFile(filepath.Join(data, "postmaster.pid"), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, config(dir))
	if err := sleeper.Process.Signal(syscall.Signal(0)); err != nil {
		t.Fatalf("the other process was ended: %v", err)
	}
}

func TestRuns_OnlyAPostgresOfThisCluster(t *testing.T) {
	t.Parallel()
	dir := readyDir(t)
	start(t, config(dir))
	pid := postmasterPid(t, dir)
	paths, _ := pathsOf(dir)
	for _, tc := range []struct {
		pid  int
		data string
		want bool
	}{
		{pid, paths.data, true},
		{pid, paths.data + "2", false},
		{pid, filepath.Dir(paths.data), false},
		{os.Getpid(), paths.data, false},
		{1, paths.data, false}, {0, paths.data, false}, {-5, paths.data, false},
	} {
		if got := runs(tc.pid, tc.data); got != tc.want {
			t.Errorf("runs(%d, %s) = %v, want %v", tc.pid, tc.data, got, tc.want)
		}
	}
}

func TestCommandLine_ZombieHasEnded(t *testing.T) {
	cmd := exec.Command("true")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// Without Wait it stays a zombie, which can still be signalled.
	waittest.Until(t, "the zombie to count as ended", func() bool { return commandLine(cmd.Process.Pid) == "" })
	if err := cmd.Process.Signal(syscall.Signal(0)); err != nil {
		t.Fatalf("the process is no zombie: %v", err)
	}
	_ = cmd.Wait()
}

func TestShutDown_Order(t *testing.T) {
	all := []syscall.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGKILL}
	for obeyed := 1; obeyed <= 3; obeyed++ {
		var sent []syscall.Signal
		var waited []time.Duration
		shutDown(
			func(s syscall.Signal) { sent = append(sent, s) },
			func(limit time.Duration) bool { waited = append(waited, limit); return len(sent) == obeyed })
		if diff := cmp.Diff(all[:obeyed], sent); diff != "" {
			t.Errorf("a postgres that obeys signal %d got (-want +got):\n%s", obeyed, diff)
		}
		want := []time.Duration{15 * time.Second, 5 * time.Second, 5 * time.Second}[:obeyed]
		if diff := cmp.Diff(want, waited); diff != "" {
			t.Errorf("waits (-want +got):\n%s", diff)
		}
	}
}

func TestOutput_KeepsTheLastLines(t *testing.T) {
	o := newOutput(slog.New(slog.DiscardHandler))
	close(o.end)
	for i := range keptLines + 10 {
		o.keep(strconv.Itoa(i))
	}
	if got := o.last(); len(o.lines) != keptLines || got[:3] != "10\n" {
		t.Fatalf("kept %d lines from %.3q, want %d from 10", len(o.lines), got, keptLines)
	}
}
