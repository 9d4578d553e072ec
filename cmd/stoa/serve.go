package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"github.com/gofiber/fiber/v2"

	"stoa/cmd/stoa/config"
	"stoa/handlers/transport"
	"stoa/platform/listener"
	"stoa/platform/workers"
)

const (
	// drainPause is how long a stopping replica still answers, each answer
	// ending its connection, so that the proxy in front turns to another.
	drainPause = 3 * time.Second
	// drainTimeout is how long requests in flight may take to finish.
	drainTimeout = 25 * time.Second
)

type serve struct{}

// Run serves until the context ends.
func (serve) Run(ctx context.Context) (err error) {
	cfg, err := loadSettings()
	if err != nil {
		return err
	}
	// The password hashes run on niced threads and take every P they find;
	// with twice as many, the pages' goroutines find a free one.
	runtime.GOMAXPROCS(2 * workers.Processors)
	limitGarbage()
	listener, err := listen(ctx, cfg, "PORT", cfg.Port)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ignoreClosed(listener.Close())) }()
	cfg.SetPort(uint16(listener.Addr().(*net.TCPAddr).Port))

	db, err := findDatabase(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.close()) }()
	seen, err := wireObservability(ctx, cfg)
	if err != nil {
		return err
	}
	defer seen.close()
	pages := loadTemplates(cfg)
	return withCoreServing(ctx, cfg, db, seen, func(cfg config.Config, db *database, core *core) error {
		// Jobs and site both ask the database first, and neither needs the other.
		started := make(chan error, 1)
		go func() { started <- core.startJobs(ctx, cfg) }()
		app, edge, err := wireSite(cfg, core, seen, pages)
		if err := errors.Join(err, <-started); err != nil {
			return errors.Join(err, core.stopJobs())
		}
		// Requests end before jobs do: the last ones may still enqueue some.
		return errors.Join(serveUntil(ctx, cfg, app, edge, listener, db.done()), core.stopJobs())
	})
}

// listen takes the port of that setting. serve does it before anything slow
// begins.
func listen(ctx context.Context, cfg config.Config, setting string, port uint16) (net.Listener, error) {
	config := net.ListenConfig{}
	// Go's default, but a socket of several paths takes no filter, and with the
	// filter of the last call no request is lost when a replica stops.
	config.SetMultipathTCP(false)
	listener, err := config.Listen(ctx, "tcp", net.JoinHostPort(string(cfg.Host), strconv.Itoa(int(port))))
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("port %d is taken: stop what listens there, or set %s to another", port, setting)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot listen, set HOST to an address of this machine and %s to a port that is free: %w", setting, err)
	}
	return listener, nil
}

// serveUntil answers until the context or the private database ends, then
// finishes what is in flight.
func serveUntil(ctx context.Context, cfg config.Config, app *fiber.App, t *transport.Transport, inner net.Listener, gone <-chan struct{}) error {
	served := make(chan error, 1)
	go func() { served <- app.Listener(listener.New(inner)) }()
	announce(cfg)
	var cause error
	select {
	case err := <-served:
		return err
	case <-gone:
		cause = errDatabaseGone
	case <-ctx.Done():
	}
	slog.InfoContext(ctx, "stopping")
	t.Drain()
	if cfg.Production() {
		time.Sleep(drainPause)
	}
	if err := app.ShutdownWithTimeout(drainTimeout); err != nil {
		slog.WarnContext(ctx, "requests were cut", "error", err)
	}
	return errors.Join(cause, <-served)
}

func announce(cfg config.Config) {
	slog.Info("serving", "url", string(cfg.BaseURL), "address", cfg.Addr(), "version", version, "env", string(cfg.Env))
	if cfg.Production() && !cfg.Secure() {
		slog.Warn("BASE_URL is an address of this machine: cookies are not Secure, and links in mail open nothing elsewhere", "url", string(cfg.BaseURL))
	}
	if !cfg.Production() {
		fmt.Fprintf(os.Stdout, "\n  Stoa is running at %s\n  %s\n  Stop it with Ctrl-C\n\n", cfg.BaseURL, mailHint(cfg))
	}
}

// mailHint says where mail can be read.
func mailHint(cfg config.Config) string {
	switch {
	case cfg.SMTPURL != "":
		return "Mail goes to the server of SMTP_URL"
	case cfg.Workers == config.Off:
		return fmt.Sprintf("Mail can be read at %s/dev/mail, while stoa work runs", cfg.BaseURL)
	}
	return fmt.Sprintf("Mail can be read at %s/dev/mail", cfg.BaseURL)
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
