//go:build unix

package pgserver

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
)

// helperVar is an environment variable with a directory: this test binary then
// runs a server in it until its standard input ends.
const helperVar = "STOA_SERVER_TEST_HELPER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(helperVar); dir != "" {
		os.Exit(help(dir))
	}
	var err error
	if readyBase, err = os.MkdirTemp("", "stoa-ready-"); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(readyBase)
	os.Exit(code)
}

var readyBase string

func help(dir string) int {
	s, err := Start(context.Background(), config(dir))
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("ready")
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
	if err := s.Stop(context.Background()); err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

// config returns the configuration of the tests. STOA_PG_BIN selects the programs
// of all tests.
func config(dir string) Config {
	return Config{DataDir: dir, BinDir: os.Getenv("STOA_PG_BIN"), Unsafe: true, MaxConns: 20}
}

// ready returns a DATA_DIR with a cluster, created once: copying it is faster than
// initdb.
var ready = sync.OnceValues(func() (string, error) {
	dir := filepath.Join(readyBase, "data")
	s, err := Start(context.Background(), config(dir))
	if err != nil {
		return dir, err
	}
	return dir, s.Stop(context.Background())
})

// skipUnlessOwnData skips the test where root's PostgreSQL keeps its data outside
// DATA_DIR.
func skipUnlessOwnData(t *testing.T) {
	t.Helper()
	if os.Geteuid() == 0 && !namespacesWork() {
		t.Skip("root may not create user namespaces on this system, so the data is outside DATA_DIR: TestStart_RootWithoutNamespaces covers that, TestAsOrdinaryUser the rest")
	}
}

// readyDir returns a DATA_DIR with a new cluster.
func readyDir(t *testing.T) string {
	t.Helper()
	skipUnlessOwnData(t)
	source, err := ready()
	if err != nil {
		t.Fatalf("Start() = %v", err)
	}
	dir := filepath.Join(t.TempDir(), "data")
	if out, err := exec.Command("cp", "-R", source, dir).CombinedOutput(); err != nil {
		t.Fatalf("cp: %v %s", err, out)
	}
	return dir
}

// start starts a server and stops it at the end of the test.
func start(t *testing.T, cfg Config) *Server {
	t.Helper()
	s, err := Start(t.Context(), cfg)
	if err != nil {
		t.Fatalf("Start() = %v", err)
	}
	t.Cleanup(func() { stop(t, s) })
	return s
}

func stop(t *testing.T, s *Server) {
	t.Helper()
	if err := s.Stop(context.Background()); err != nil {
		t.Errorf("Stop() = %v", err)
	}
}

// query runs one statement on a connection of its own and returns its result.
func query(ctx context.Context, url, sql string) (string, error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return "", err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var result string
	err = conn.QueryRow(ctx, sql).Scan(&result)
	if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	return result, err
}

func mustQuery(t *testing.T, url, sql string) string {
	t.Helper()
	result, err := query(t.Context(), url, sql)
	if err != nil {
		t.Fatalf("%s = %v", sql, err)
	}
	return result
}

// program is another process that runs a server.
type program struct {
	*exec.Cmd
	input interface{ Close() error }
	first string // first line of its output
}

// startProgram starts the program and waits for its first line of output.
func startProgram(t *testing.T, dir string) program {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), helperVar+"="+dir)
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the other process printed nothing: %v", err)
	}
	return program{cmd, input, strings.TrimSpace(line)}
}

// kill sends SIGKILL to a process.
func kill(t *testing.T, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatalf("kill -9 %d = %v", pid, err)
	}
}

// postmasterPid returns the pid of a DATA_DIR's postgres.
func postmasterPid(t *testing.T, dir string) int {
	t.Helper()
	pid := readPidFile(filepath.Join(dir, "postgres", "data")).pid
	if pid == 0 {
		t.Fatalf("no postmaster.pid in %s", dir)
	}
	return pid
}

func itoa(n int) string { return strconv.Itoa(n) }

func atoi(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
