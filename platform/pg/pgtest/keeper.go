//go:build unix

package pgtest

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"stoa/platform/pgserver"
)

// The server must outlive the test binary that starts it, and stop when no binary
// needs it. So a separate process, the keeper, runs it: the same binary, started
// again with keeperVar set. Each test binary holds a shared lock on the file
// "users" until it ends. The keeper stops the server when it can acquire that lock
// exclusively. The kernel releases the locks of killed processes.
const (
	keeperVar  = "STOA_PGTEST_KEEPER" // the keeper's directory
	lingerVar  = "STOA_PGTEST_LINGER" // overrides linger, such as "2s"
	linger     = 15 * time.Second     // how often the keeper checks for users
	keeperPipe = 3                    // file descriptor of the keeper's report
	reportOK   = "ok"
)

func init() {
	if dir := os.Getenv(keeperVar); dir != "" {
		os.Exit(runKeeper(dir))
	}
}

// privateServer returns the URLs of the shared server, and starts it if needed.
func privateServer(ctx context.Context) (*pgserver.URLs, error) {
	dir, err := keeperDir()
	if err != nil {
		return nil, err
	}
	if err := lockUsers(dir, syscall.LOCK_SH); err != nil {
		return nil, err
	}
	urls, err := pgserver.Join(ctx, dir)
	if !errors.Is(err, pgserver.ErrNotRunning) {
		return urls, err
	}
	if err := startKeeper(dir); err != nil {
		return nil, fmt.Errorf("start the test server: %w", err)
	}
	return pgserver.Join(ctx, dir)
}

// keeperDir returns the directory of the server: in the user's cache, or in a
// private directory below the temporary one. Each STOA_PG_BIN has its own.
func keeperDir() (string, error) {
	name := "pgtest"
	if bin := os.Getenv("STOA_PG_BIN"); bin != "" {
		hash := fnv.New32a()
		hash.Write([]byte(bin))
		name = fmt.Sprintf("pgtest-%08x", hash.Sum32())
	}
	if cache, err := os.UserCacheDir(); err == nil {
		dir := filepath.Join(cache, "stoa", name)
		if os.MkdirAll(dir, 0o700) == nil {
			return dir, nil
		}
	}
	private := filepath.Join(os.TempDir(), fmt.Sprintf("stoa-tests-%d", os.Getuid()))
	if err := os.Mkdir(private, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return "", err
	}
	info, err := os.Lstat(private)
	if err != nil {
		return "", err
	}
	if !info.IsDir() || int(info.Sys().(*syscall.Stat_t).Uid) != os.Getuid() {
		return "", fmt.Errorf("%s belongs to another user", private)
	}
	dir := filepath.Join(private, name)
	return dir, os.MkdirAll(dir, 0o700)
}

// lockUsers acquires the lock on "users" until this process ends: the file stays
// open on purpose.
func lockUsers(dir string, how int) error {
	fd, err := syscall.Open(filepath.Join(dir, "users"), syscall.O_CREAT|syscall.O_RDWR|syscall.O_CLOEXEC, 0o600)
	if err != nil {
		return err
	}
	for {
		err = syscall.Flock(fd, how)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		syscall.Close(fd)
	}
	return err
}

// startKeeper starts the keeper and waits for its report. It also returns nil when
// another keeper runs the server already.
func startKeeper(dir string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(dir, "keeper.log"))
	if err != nil {
		return err
	}
	defer log.Close()
	read, write, err := os.Pipe()
	if err != nil {
		return err
	}
	defer read.Close()
	cmd := exec.Command(self)
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), keeperVar+"="+dir)
	cmd.Stdout, cmd.Stderr = log, log // not os.Stdout: go test waits until that is closed
	cmd.ExtraFiles = []*os.File{write}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // Ctrl-C must not stop the keeper
	err = cmd.Start()
	write.Close()
	if err != nil {
		return err
	}
	defer cmd.Process.Release()
	report, err := io.ReadAll(read)
	if err != nil || string(report) == reportOK {
		return err
	}
	return fmt.Errorf("%s (see %s)", report, log.Name())
}

// runKeeper is the main function of the keeper and returns its exit status.
func runKeeper(dir string) int {
	syscall.CloseOnExec(keeperPipe) // postgres must not hold it open
	report := os.NewFile(keeperPipe, "report")
	s, err := startServer(dir)
	switch {
	case errors.Is(err, pgserver.ErrRunning):
		fmt.Fprint(report, reportOK)
		return 0
	case err != nil:
		fmt.Fprint(report, err)
		return 1
	}
	fmt.Fprint(report, reportOK)
	report.Close()
	awaitNoUsers(dir)
	if err := s.Stop(context.Background()); err != nil {
		slog.Error("stop the test server", "error", err)
		return 1
	}
	return 0
}

// startServer starts the server. When it does not start with the existing data,
// startServer deletes the data and starts with a new cluster: without fsync a crash
// of the machine may corrupt the data, and PostgreSQL may have another version than
// the data.
func startServer(dir string) (*pgserver.Server, error) {
	cfg := pgserver.Config{
		DataDir: dir, BinDir: os.Getenv("STOA_PG_BIN"), Log: slog.Default(), Unsafe: true, MaxConns: 300,
	}
	s, err := pgserver.Start(context.Background(), cfg)
	if err == nil || errors.Is(err, pgserver.ErrRunning) {
		return s, err
	}
	slog.Warn("the test server starts with a new cluster", "because", err)
	data, err := pgserver.ClusterDir(dir)
	if err != nil {
		return nil, err
	}
	if err := os.RemoveAll(data); err != nil {
		return nil, err
	}
	return pgserver.Start(context.Background(), cfg)
}

// awaitNoUsers returns when no test binary holds the lock on "users". It has then
// acquired the lock, so that a new binary waits until the server has stopped.
func awaitNoUsers(dir string) {
	pause, err := time.ParseDuration(os.Getenv(lingerVar))
	if err != nil {
		pause = linger
	}
	for {
		time.Sleep(pause)
		if err := lockUsers(dir, syscall.LOCK_EX|syscall.LOCK_NB); !errors.Is(err, syscall.EWOULDBLOCK) {
			return
		}
	}
}
