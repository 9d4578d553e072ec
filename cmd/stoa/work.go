package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"stoa/cmd/stoa/config"
	"stoa/handlers"
	"stoa/platform/listener"
	"stoa/platform/pg"
	"stoa/views"
)

// stopJobs is how long jobs at work may take when the program stops; a little
// more than they may take at all.
const stopJobs = 20 * time.Second

type work struct{}

// Run does background jobs until the context ends.
func (work) Run(ctx context.Context) error {
	return withDatabase(ctx, func(cfg config.Config, db *database) error {
		seen, err := wireObservability(ctx, cfg)
		if err != nil {
			return err
		}
		defer seen.close()
		return withCoreServing(ctx, cfg, db, seen, func(cfg config.Config, db *database, core *core) error {
			if cfg.WorkPort == 0 {
				return core.work(ctx, cfg, nil, db.done())
			}
			return core.workWithHealth(ctx, cfg, seen, db.done())
		})
	})
}

// workWithHealth works and answers operators at WORK_PORT until all jobs have
// ended, so that their last ones can be counted too.
func (c *core) workWithHealth(ctx context.Context, cfg config.Config, seen *observability, gone <-chan struct{}) error {
	g, err := wireGate(cfg, c, seen)
	if err != nil {
		return err
	}
	pages, err := views.Engine(string(cfg.AssetURL))
	if err != nil {
		return err
	}
	inner, err := listen(ctx, cfg, "WORK_PORT", cfg.WorkPort)
	if err != nil {
		return err
	}
	app := handlers.NewOperatorServer(wireOperations(cfg, c, seen, g.Transport), g, pages)
	err = c.work(ctx, cfg, func() error { return app.Listener(listener.New(inner)) }, gone)
	return errors.Join(err, app.ShutdownWithTimeout(drainTimeout))
}

// work does jobs until the context, the private database or what it serves to
// operators ends. It begins to serve when it works: its health is true at once.
func (c *core) work(ctx context.Context, cfg config.Config, serve func() error, gone <-chan struct{}) error {
	if err := c.jobs.Start(ctx); err != nil {
		return err
	}
	served := make(chan error, 1)
	if serve != nil {
		go func() { served <- serve() }()
	}
	slog.InfoContext(ctx, "working", "version", version, "env", string(cfg.Env))
	var cause error
	select {
	case <-ctx.Done():
	case cause = <-served:
	case <-gone:
		cause = errDatabaseGone
	}
	slog.InfoContext(ctx, "stopping")
	return errors.Join(cause, c.stopJobs())
}

var errDatabaseGone = errors.New("the private PostgreSQL does not start any more: see the log above")

// startJobs begins to do jobs beside serving, where they are not left to others.
func (c *core) startJobs(ctx context.Context, cfg config.Config) error {
	if cfg.Workers == config.Off {
		return nil
	}
	return c.jobs.Start(ctx)
}

// stopJobs lets the jobs at work finish.
func (c *core) stopJobs() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopJobs)
	defer cancel()
	return c.jobs.Stop(ctx)
}

// withCoreServing is the program as it runs in front of people: database role safe, the
// schema up to date, the business on it.
func withCoreServing(ctx context.Context, cfg config.Config, db *database, seen *observability, do func(config.Config, *database, *core) error) error {
	conn, err := db.open(ctx, cfg, seen.tracer()) // connects while the schema is looked at
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := db.migrate(ctx); err != nil {
		return err
	}
	seen.metrics.Pool(conn.Pool())
	if err := checkRole(ctx, cfg, conn); err != nil {
		return err
	}
	if err := pg.CheckTimeouts(ctx, conn); err != nil {
		slog.WarnContext(ctx, "unsafe database settings", "error", err)
	}
	core, err := wireCore(cfg, conn, seen)
	if err != nil {
		return err
	}
	defer core.close()
	seen.expectJobs(core)
	return do(cfg, db, core)
}
