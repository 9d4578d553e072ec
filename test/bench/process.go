package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/valyala/fasthttp"

	"stoa/platform/freeport"
)

const (
	startPatience = 30 * time.Second
	stopPatience  = 30 * time.Second
	pollEvery     = time.Millisecond
)

// process is a server under measurement.
type process struct {
	addr string // host:port
	cmd  *exec.Cmd
	took time.Duration // from its start to its first 200 response
	over bool          // stopped
}

// start runs a server that listens on addr and waits until path returns 200.
// With an error it may still return the process, which runs without responding.
func start(ctx context.Context, cmd *exec.Cmd, addr, path, log string) (*process, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer out.Close() // the child has its own
	cmd.Stdout, cmd.Stderr = out, out
	p := &process{addr: addr, cmd: cmd}
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	if err := awaitOK(ctx, addr, path); err != nil {
		return p, fmt.Errorf("%s: %w; see %s", cmd.Args[0], err, log)
	}
	p.took = time.Since(begun)
	return p, nil
}

// awaitOK repeats the request until the response is 200.
func awaitOK(ctx context.Context, addr, path string) error {
	client := newClient(addr)
	defer client.CloseIdleConnections()
	req, resp := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	req.SetRequestURI("http://" + addr + path)
	for end := time.Now().Add(startPatience); ; time.Sleep(pollEvery) {
		err := client.Do(req, resp)
		switch {
		case err == nil && resp.StatusCode() == fasthttp.StatusOK:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case time.Now().After(end):
			return fmt.Errorf("no 200 from %s%s within %s (last: %d, %w)", addr, path, startPatience, resp.StatusCode(), err)
		}
	}
}

// stop ends the server with SIGTERM, once.
func (p *process) stop() error {
	if p.over {
		return nil
	}
	p.over = true
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	kill := time.AfterFunc(stopPatience, func() { _ = p.cmd.Process.Kill() }) // Wait returns the result
	defer kill.Stop()
	return p.cmd.Wait()
}

func (p *process) pid() int { return p.cmd.Process.Pid }

func freeAddr() (string, error) {
	port, err := freeport.Get()
	return "127.0.0.1:" + port, err
}
