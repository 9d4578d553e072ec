//go:build unix

package pgserver

import (
	"context"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// run runs a program to its end, on one thread because its end follows that
// of the thread (Pdeathsig), and returns what it said.
func run(cmd *exec.Cmd) (string, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// command prepares a program of PostgreSQL that is interrupted when the
// context ends. It gets its own process group, so that Ctrl-C at the terminal
// does not reach it, and none of our environment: our secrets are not its
// business, and PG* variables would change what it does.
func (a account) command(ctx context.Context, path string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGINT) }
	cmd.WaitDelay = 5 * time.Second
	cmd.Dir = "/" // the working directory may be closed to another user
	cmd.Env = []string{"LC_ALL=C", "TZ=UTC"}
	cmd.SysProcAttr = a.attributes()
	return cmd
}
