package rig

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sort"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Env has the settings of a process, by name.
type Env map[string]string

// With returns a copy of e with the values of the others, which take precedence.
func (e Env) With(others ...Env) Env {
	all := Env{}
	for _, one := range append([]Env{e}, others...) {
		for name, value := range one {
			all[name] = value
		}
	}
	return all
}

// List returns the settings for exec, with the few variables that every process
// needs. No other variable of the machine is passed on.
func (e Env) List() []string {
	all := Env{"PATH": os.Getenv("PATH"), "HOME": os.Getenv("HOME"), "GORACE": "exitcode=66 atexit_sleep_ms=100"}.With(e)
	list := make([]string, 0, len(all))
	for name, value := range all {
		list = append(list, name+"="+value)
	}
	sort.Strings(list)
	return list
}

// InProduction are the settings of a server in production.
var InProduction = Env{"APP_ENV": "production", "BASE_URL": "https://stoa.example.com"}

// Production returns the settings for a command in production.
func (e Env) Production() Env { return e.With(InProduction, Env{"PORT": "0"}).Mailed() }

// Mailed adds a mail server, which production requires. No server listens there.
func (e Env) Mailed() Env {
	if _, given := e["SMTP_URL"]; given || e["APP_ENV"] != "production" {
		return e
	}
	return e.With(Env{"SMTP_URL": "smtp://127.0.0.1:1", "MAIL_FROM": "stoa@localhost"})
}

// Process is a running process of the binary.
type Process struct {
	Log  Log
	cmd  *exec.Cmd
	done chan struct{}
}

// begin starts a program in dir, so that it does not read the project's .env.
func begin(program, dir string, env Env, stdin io.Reader, args ...string) (*Process, error) {
	cmd := exec.Command(program, args...)
	DieWithParent(cmd)
	cmd.Dir, cmd.Env, cmd.Stdin = dir, env.List(), stdin
	return beginCmd(cmd)
}

func beginCmd(cmd *exec.Cmd) (*Process, error) {
	// The process writes to the file itself: in a pipe, its output would cost this
	// process time, and a child that outlives it would delay Wait.
	output, err := os.CreateTemp(workplace(), "log-")
	if err != nil {
		return nil, err
	}
	defer output.Close() // the process has its own descriptor
	log, err := os.Open(output.Name())
	if err != nil {
		return nil, err
	}
	p := &Process{Log: Log{file: log}, cmd: cmd, done: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = output, output
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(p.done)
		p.cmd.Wait()
	}()
	return p, nil
}

// PID returns the process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Signal sends sig. For an ended process it does nothing.
func (p *Process) Signal(t testing.TB, sig syscall.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatalf("%s: %v", sig, err)
	}
}

// Ended reports whether the process has ended.
func (p *Process) Ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// Wait returns the exit status, -1 for a signal. It kills a process that does not
// end within limit.
func (p *Process) Wait(limit time.Duration) (int, error) {
	select {
	case <-p.done:
		return p.cmd.ProcessState.ExitCode(), nil
	case <-time.After(limit):
		p.cmd.Process.Kill()
		<-p.done
		return -1, fmt.Errorf("%s still ran after %s\n%s", strings.Join(p.cmd.Args[1:], " "), limit, p.Log.End())
	}
}

// Result is the output and the exit status of a command.
type Result struct {
	Status int
	Out    string // both outputs
	Took   time.Duration
}

// Run runs a command of the binary in a directory of its own, with stdin as its
// standard input, and waits until it ends.
func Run(t testing.TB, env Env, stdin string, args ...string) Result {
	t.Helper()
	return RunBy(t, built(t), env, stdin, args...)
}

// RunBy is Run for the binary of any version.
func RunBy(t testing.TB, binary string, env Env, stdin string, args ...string) Result {
	t.Helper()
	start := time.Now()
	p, err := begin(binary, t.TempDir(), env, strings.NewReader(stdin), args...)
	if err != nil {
		t.Fatal(err)
	}
	status, err := p.Wait(Patience)
	if err != nil {
		t.Fatal(err)
	}
	return Result{Status: status, Out: p.Log.String(), Took: time.Since(start)}
}

// Shell runs a script in dir and returns its output. The test ends when it fails.
func Shell(t testing.TB, dir string, env Env, script string) string {
	t.Helper()
	cmd := exec.Command("bash", "-euc", script)
	cmd.Dir, cmd.Env = dir, env.List()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s\n%v\n%s", script, err, out)
	}
	return string(out)
}

// Launch starts a command of the binary and kills it at the end of the test.
func Launch(t testing.TB, env Env, args ...string) *Process {
	t.Helper()
	p, err := begin(built(t), t.TempDir(), env, nil, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.Signal(t, syscall.SIGKILL)
		<-p.done
	})
	return p
}

// stop ends the process with SIGTERM. It returns an error for a wrong exit status
// or errors in the log.
func (p *Process) stop() error {
	p.cmd.Process.Signal(syscall.SIGTERM)
	status, err := p.Wait(Patience)
	if err != nil {
		return err
	}
	if status != 0 {
		return fmt.Errorf("exit status %d after SIGTERM\n%s\n%s", status, p.Log.End(), strings.Join(p.Log.faults(), "\n"))
	}
	if faults := p.Log.faults(); len(faults) > 0 {
		return fmt.Errorf("the log has %d lines such as\n%s", len(faults), strings.Join(faults[:min(5, len(faults))], "\n"))
	}
	return nil
}
