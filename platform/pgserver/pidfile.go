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

// pidFile is what matters of postmaster.pid, the lock file of a cluster; see
// src/include/utils/pidfile.h of PostgreSQL.
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

// stopOrphan ends a postgres that outlived the program which started it: it
// does where nothing tells it of a parent's death, and it may still be on its
// way out where something does. It returns an error when it does not go.
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
		return fmt.Errorf("a PostgreSQL (process %d) uses %s and cannot be stopped: end it by hand", pid, data)
	}
	return nil
}

// awaitEnd waits for a process that is not a child.
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

// runs reports whether the process lives, is no zombie, and is a postgres of
// that cluster: a number from an old file may be anybody's by now.
func runs(pid int, data string) bool {
	if pid <= 1 {
		return false
	}
	program, args, _ := strings.Cut(commandLine(pid), " ")
	return strings.HasPrefix(filepath.Base(program), "postgres") && strings.Contains(args+" ", "-D "+data+" ")
}

// reusedPidEnv keeps a stale lock file from stopping postgres when its number
// has become another process's. Postgres takes a lock file that names its
// grandparent for stale (pg_ctl needs that), and then still checks that no
// process is left in the cluster's shared memory. Removing the file instead
// would remove that check.
func reusedPidEnv(data string) []string {
	if pid := readPidFile(data).pid; pid > 1 && !runs(pid, data) {
		return []string{"PG_GRANDPARENT_PID=" + strconv.Itoa(pid)}
	}
	return nil
}
