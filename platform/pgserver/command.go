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

// run runs a program to its end and returns its output. It stays on one thread,
// because Pdeathsig ends the program when the thread that started it ends.
func run(cmd *exec.Cmd) (string, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// command prepares a program of PostgreSQL that is interrupted when the context
// ends. The program has its own process group, so that Ctrl-C at the terminal does
// not reach it. It does not get our environment, which holds secrets and may hold
// PG* variables that change its behaviour.
func (a account) command(ctx context.Context, path string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGINT) }
	cmd.WaitDelay = 5 * time.Second
	cmd.Dir = "/" // another user may be unable to enter the working directory
	cmd.Env = []string{"LC_ALL=C", "TZ=UTC"}
	cmd.SysProcAttr = a.attributes()
	return cmd
}
