//go:build unix

package pgserver

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// pidFile has the fields that we use of postmaster.pid, the lock file of a
// cluster; see src/include/utils/pidfile.h of PostgreSQL.
type pidFile struct {
	pid    int    // 0: there is no file
	status string // "starting", "ready", "stopping"
}

func readPidFile(data string) pidFile {
	content, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		return pidFile{}
	}
	lines := strings.Split(string(content), "\n")
	file := pidFile{}
	file.pid, _ = strconv.Atoi(lines[0])
	if len(lines) > 7 {
		file.status = strings.TrimSpace(lines[7])
	}
	return file
}

// stopOrphan ends a postgres that outlived the program which started it. On
// systems that do not signal a parent's death it keeps running; on Linux it may
// still be shutting down. stopOrphan returns an error when it does not end.
func stopOrphan(ctx context.Context, data string, log *slog.Logger) error {
	pid := readPidFile(data).pid
	if !runs(pid, data) {
		return nil
	}
	log.InfoContext(ctx, "stopping the PostgreSQL that an earlier run left behind", "pid", pid)
	gone := func(limit time.Duration) bool { return awaitEnd(ctx, pid, data, limit) }
	shutDown(func(signal syscall.Signal) { _ = syscall.Kill(pid, signal) }, gone)
	if err := ctx.Err(); err != nil {
		return err
	}
	if runs(pid, data) {
		return fmt.Errorf("a PostgreSQL (process %d) uses %s and cannot be stopped: end it manually", pid, data)
	}
	return nil
}

// awaitEnd waits until a process that is not a child has ended, at most limit, and
// reports whether it has.
func awaitEnd(ctx context.Context, pid int, data string, limit time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for runs(pid, data) {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// runs reports whether the process exists, is not a zombie, and is a postgres of
// that cluster: another process may have reused the pid of an old file.
func runs(pid int, data string) bool {
	if pid <= 1 {
		return false
	}
	program, args, _ := strings.Cut(commandLine(pid), " ")
	return strings.HasPrefix(filepath.Base(program), "postgres") && strings.Contains(args+" ", "-D "+data+" ")
}

// reusedPidEnv returns the environment with which postgres starts although another
// process has reused the pid in a stale lock file. Postgres considers a lock file
// stale that names its grandparent (pg_ctl needs that), and then still checks that
// no process is attached to the cluster's shared memory. Removing the file would
// remove that check.
func reusedPidEnv(data string) []string {
	if pid := readPidFile(data).pid; pid > 1 && !runs(pid, data) {
		return []string{"PG_GRANDPARENT_PID=" + strconv.Itoa(pid)}
	}
	return nil
}
