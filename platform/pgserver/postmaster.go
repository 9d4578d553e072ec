//go:build unix

package pgserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// How long postgres may take to end after each signal. SIGINT: it disconnects all
// clients and writes a checkpoint. SIGQUIT: it aborts and recovers at the next
// start. After both, SIGKILL ends it. No committed transaction is lost.
const (
	fastShutdown      = 15 * time.Second // SIGINT
	immediateShutdown = 5 * time.Second  // SIGQUIT
)

// launcher starts postgres, each time with the same arguments.
type launcher struct {
	programs programs
	account  account
	paths    paths
	cfg      Config
}

// postmaster is one running postgres.
type postmaster struct {
	process *os.Process
	output  *output
	ended   chan struct{} // closed when it has ended
	err     error         // the result of Wait; read after ended
}

// launch starts postgres and returns when it accepts connections, or an error with
// the reason why it ended. There is no timeout: recovery after a crash may take
// long.
func (l launcher) launch(ctx context.Context) (*postmaster, error) {
	pm, err := l.spawn()
	if err != nil {
		return nil, fmt.Errorf("start PostgreSQL: %w", err)
	}
	if err := pm.awaitReady(ctx, l.paths.data); err != nil {
		pm.stop()
		return nil, err
	}
	return pm, nil
}

// spawn starts the process. A goroutine with a thread of its own starts it and
// waits for its end. PR_SET_PDEATHSIG stops postgres when this process is killed;
// it refers to the thread that started postgres, so this thread must not end first.
func (l launcher) spawn() (*postmaster, error) {
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd := l.account.command(context.Background(), l.programs.path("postgres"), l.args()...)
	cmd.Env = append(cmd.Env, reusedPidEnv(l.paths.data)...)
	// Files, not buffers: with buffers, Wait would wait for a child that outlives
	// postgres and holds the pipe open.
	cmd.Stdout, cmd.Stderr = writer, writer
	pm := &postmaster{output: newOutput(l.cfg.Log), ended: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		writer.Close()
		started <- err
		if err == nil {
			pm.err = cmd.Wait()
			close(pm.ended)
		}
	}()
	if err := <-started; err != nil {
		reader.Close()
		return nil, err
	}
	pm.process = cmd.Process
	go pm.output.read(reader)
	return pm, nil
}

// args returns postgres's arguments. The settings are on the command line, so that
// neither a changed postgresql.conf nor the environment opens a port.
func (l launcher) args() []string {
	settings := []string{
		"listen_addresses=",
		`unix_socket_directories="` + l.paths.sockets + `"`,
		"unix_socket_permissions=0700",
		"port=" + port,
		"max_connections=" + strconv.Itoa(l.maxConns()),
		"logging_collector=off",
		"log_destination=stderr",
		"log_line_prefix=",
		"lc_messages=C",
		"timezone=UTC",
	}
	if l.cfg.Unsafe {
		settings = append(settings, "fsync=off", "full_page_writes=off", "synchronous_commit=off",
			"wal_level=minimal", "max_wal_senders=0", "checkpoint_timeout=1h", "max_wal_size=4GB")
	}
	args := []string{"-D", l.paths.data}
	for _, setting := range settings {
		args = append(args, "-c", setting)
	}
	return args
}

func (l launcher) maxConns() int {
	if l.cfg.MaxConns > 0 {
		return l.cfg.MaxConns
	}
	return 100
}

// awaitReady waits until the lock file says that postgres accepts connections, as
// pg_ctl does.
func (pm *postmaster) awaitReady(ctx context.Context, data string) error {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		file := readPidFile(data)
		if file.pid == pm.process.Pid && file.status == "ready" {
			return nil
		}
		select {
		case <-tick.C:
		case <-pm.ended:
			return pm.failure()
		case <-ctx.Done():
			return fmt.Errorf("wait for PostgreSQL: %w", ctx.Err())
		}
	}
}

// failure returns why postgres ended, with its last lines of output.
func (pm *postmaster) failure() error {
	<-pm.ended
	return explain("postgres", pm.err, pm.output.last())
}

// stop ends postgres with the signals of shutDown.
func (pm *postmaster) stop() {
	wait := func(limit time.Duration) bool {
		select {
		case <-pm.ended:
			return true
		case <-time.After(limit):
			return false
		}
	}
	shutDown(func(signal syscall.Signal) { _ = pm.process.Signal(signal) }, wait)
	<-pm.ended
}

// shutDown sends SIGINT, SIGQUIT and SIGKILL in turn, until ended reports true.
func shutDown(send func(syscall.Signal), ended func(limit time.Duration) bool) {
	send(syscall.SIGINT)
	if ended(fastShutdown) {
		return
	}
	send(syscall.SIGQUIT)
	if ended(immediateShutdown) {
		return
	}
	send(syscall.SIGKILL)
	ended(immediateShutdown)
}

// explain returns one error from a program's failure and its last lines.
func explain(program string, err error, lines string) error {
	if strings.Contains(lines, "No space left on device") {
		return fmt.Errorf("the disk that holds the private PostgreSQL is full: free some space, or set DATA_DIR to a directory on another disk\n%s", lines)
	}
	if err == nil {
		err = errors.New("it ended, and not because of an error")
	}
	return fmt.Errorf("%s: %w\n%s", program, err, lines)
}
