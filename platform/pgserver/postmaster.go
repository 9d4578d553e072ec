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

// How long postgres may take to end, step by step: first it disconnects
// everybody and writes a checkpoint, then it drops everything and recovers at
// the next start, then nobody asks it any more. Nothing committed is lost.
const (
	fastShutdown      = 15 * time.Second // SIGINT
	immediateShutdown = 5 * time.Second  // SIGQUIT
)

// launcher starts postgres; the same way each time.
type launcher struct {
	programs programs
	account  account
	place    place
	cfg     Config
}

// postmaster is one running postgres.
type postmaster struct {
	process *os.Process
	output  *output
	ended   chan struct{} // closed when it has ended
	err     error         // how; read after ended
}

// launch starts postgres and returns when it accepts connections, or with the
// reason why it ended. It has no limit of its own: after a crash it may have
// much to recover.
func (l launcher) launch(ctx context.Context) (*postmaster, error) {
	pm, err := l.spawn()
	if err != nil {
		return nil, fmt.Errorf("start PostgreSQL: %w", err)
	}
	if err := pm.awaitReady(ctx, l.place.data); err != nil {
		pm.stop()
		return nil, err
	}
	return pm, nil
}

// spawn starts the process. Its end is waited for on a thread of its own,
// because PR_SET_PDEATHSIG, which stops postgres when this process is killed,
// means the death of the thread that started it.
func (l launcher) spawn() (*postmaster, error) {
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd := l.account.command(context.Background(), l.programs.path("postgres"), l.args()...)
	cmd.Env = append(cmd.Env, reusedPidEnv(l.place.data)...)
	// Files, not buffers: Wait must not wait for a child that outlives postgres
	// and holds the pipe open.
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

// args are postgres's settings. They stand on the command line, so that
// neither a changed postgresql.conf nor the environment opens a port.
func (l launcher) args() []string {
	settings := []string{
		"listen_addresses=",
		`unix_socket_directories="` + l.place.sockets + `"`,
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
	args := []string{"-D", l.place.data}
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

// awaitReady waits until postgres says in its lock file that it accepts
// connections, which is how pg_ctl knows it too.
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

// failure says why postgres ended, in its own last words.
func (pm *postmaster) failure() error {
	<-pm.ended
	return explain("postgres", pm.err, pm.output.last())
}

// stop ends postgres: cleanly, else at once, else by force.
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

// shutDown sends the signals of a stop in their order until ended says so.
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

// explain makes one error of a program's failure and its last lines.
func explain(program string, err error, lines string) error {
	if strings.Contains(lines, "No space left on device") {
		return fmt.Errorf("the disk that holds the private PostgreSQL is full: free some space, or set DATA_DIR to a place on another disk\n%s", lines)
	}
	if err == nil {
		err = errors.New("it ended, and not because of an error")
	}
	return fmt.Errorf("%s: %w\n%s", program, err, lines)
}
