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
	// drainPause is how long a stopping replica still serves requests. Each
	// response closes its connection, so that the proxy in front uses another
	// replica.
	drainPause = 3 * time.Second
	// drainTimeout is how long requests in flight may take after drainPause.
	drainTimeout = 25 * time.Second
)

type serve struct{}

// Run serves until the context ends.
func (s serve) Run(ctx context.Context) error {
	cfg, err := loadSettings()
	if err == nil {
		err = s.run(ctx, cfg)
	}
	return inLog(cfg, err)
}

func (serve) run(ctx context.Context, cfg config.Config) (err error) {
	// A thread of the lowest priority keeps its P of the scheduler even while it
	// gets no processor time. With one more for each processor, and one for a hash
	// of the usual priority, other goroutines find a free one.
	runtime.GOMAXPROCS(2*workers.Processors + 1)
	limitGarbage()
	socket, err := listen(ctx, cfg, "PORT", cfg.Port)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ignoreClosed(socket.Close())) }()
	cfg.SetPort(uint16(socket.Addr().(*net.TCPAddr).Port))

	db, err := findDatabase(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.close()) }()
	obs, err := wireObservability(ctx, cfg)
	if err != nil {
		return err
	}
	defer obs.close()
	pages := loadTemplates(cfg)
	return withCoreServing(ctx, cfg, db, obs, func(cfg config.Config, db *database, core *core) error {
		// In parallel, because both begin with database queries.
		started := make(chan error, 1)
		go func() { started <- core.startJobs(ctx, cfg) }()
		app, edge, err := wireSite(ctx, cfg, core, obs, pages)
		if err := errors.Join(err, <-started); err != nil {
			return errors.Join(err, core.stopJobs())
		}
		// Requests end before jobs, because the last requests may enqueue some.
		return errors.Join(serveUntil(ctx, cfg, app, edge, socket, db.done()), core.stopJobs())
	})
}

// listen opens the port, which is the value of the setting. serve calls it
// first, so that a port in use is reported at once.
func listen(ctx context.Context, cfg config.Config, setting string, port uint16) (net.Listener, error) {
	lc := net.ListenConfig{}
	// Multipath TCP is Go's default, but its sockets accept no packet filter.
	// The filter is needed to lose no request when a replica stops.
	lc.SetMultipathTCP(false)
	socket, err := lc.Listen(ctx, "tcp", net.JoinHostPort(string(cfg.Host), strconv.Itoa(int(port))))
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("port %d is taken: stop what listens there, or set %s to another", port, setting)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot listen, set HOST to an address of this machine and %s to a port that is free: %w", setting, err)
	}
	return socket, nil
}

// serveUntil serves requests until the context or the private database ends. It
// then waits for the requests in flight.
func serveUntil(ctx context.Context, cfg config.Config, app *fiber.App, t *transport.Transport, socket net.Listener, gone <-chan struct{}) error {
	served := make(chan error, 1)
	go func() { served <- app.Listener(listener.New(socket)) }()
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
		slog.Warn("BASE_URL is a loopback address: cookies are not Secure, and links in emails work on this machine only", "url", string(cfg.BaseURL))
	}
	if !cfg.Production() {
		fmt.Fprintf(os.Stdout, "\n  Stoa is running at %s\n  %s\n  Stop it with Ctrl-C\n\n", cfg.BaseURL, mailHint(cfg))
	}
}

// mailHint returns a sentence about where emails can be read.
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
