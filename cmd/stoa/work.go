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

// stopJobs is how long running jobs may take when the program stops. It is a
// little longer than the time that the jobs get before their contexts end.
const stopJobs = 30 * time.Second

type work struct{}

// Run does background jobs until the context ends.
func (w work) Run(ctx context.Context) error {
	cfg, err := loadSettings()
	if err == nil {
		err = onDatabase(ctx, cfg, w.run(ctx))
	}
	return inLog(cfg, err)
}

func (work) run(ctx context.Context) func(config.Config, *database) error {
	return func(cfg config.Config, db *database) error {
		obs, err := wireObservability(ctx, cfg)
		if err != nil {
			return err
		}
		defer obs.close()
		return withCoreServing(ctx, cfg, db, obs, func(cfg config.Config, db *database, core *core) error {
			if cfg.WorkPort == 0 {
				return core.work(ctx, cfg, nil, db.done())
			}
			return core.workWithHealth(ctx, cfg, obs, db.done())
		})
	}
}

// workWithHealth runs jobs and serves operators at WORK_PORT. It serves until all
// jobs have ended, so that the metrics include the last ones.
func (c *core) workWithHealth(ctx context.Context, cfg config.Config, obs *observability, gone <-chan struct{}) error {
	g, err := wireGate(ctx, cfg, c, obs)
	if err != nil {
		return err
	}
	pages, err := views.Engine(string(cfg.AssetURL))
	if err != nil {
		return err
	}
	socket, err := listen(ctx, cfg, "WORK_PORT", cfg.WorkPort)
	if err != nil {
		return err
	}
	app := handlers.NewOperatorServer(handlers.Config{Gate: g, Operations: wireOperations(cfg, c, obs, g.Transport), Views: pages})
	err = c.work(ctx, cfg, func() error { return app.Listener(listener.New(socket)) }, gone)
	return errors.Join(err, app.ShutdownWithTimeout(drainTimeout))
}

// work runs jobs until the context, the private database or serve ends. serve
// may be nil. It is called after the jobs have started, so that the first health
// check reports them as running.
func (c *core) work(ctx context.Context, cfg config.Config, serve func() error, gone <-chan struct{}) error {
	if err := c.Jobs.Start(ctx); err != nil {
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

// startJobs starts the jobs beside the web server, unless WORKERS is off.
func (c *core) startJobs(ctx context.Context, cfg config.Config) error {
	if cfg.Workers == config.Off {
		return nil
	}
	return c.Jobs.Start(ctx)
}

// stopJobs waits for the running jobs.
func (c *core) stopJobs() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopJobs)
	defer cancel()
	return c.Jobs.Stop(ctx)
}

// withCoreServing calls do with a core for serving requests and jobs: its schema
// is migrated, its database role is checked, and obs observes it.
func withCoreServing(ctx context.Context, cfg config.Config, db *database, obs *observability, do func(config.Config, *database, *core) error) error {
	if err := db.await(ctx, cfg, db.owner, db.app); err != nil {
		return err
	}
	conn, err := db.open(ctx, cfg, obs.tracer()) // connects while the schema is checked
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := db.migrate(ctx); err != nil {
		return err
	}
	obs.metrics.Pool(conn)
	if err := checkRole(ctx, cfg, conn); err != nil {
		return err
	}
	if err := checkSchema(ctx, conn); err != nil {
		return err
	}
	if err := pg.CheckTimeouts(ctx, conn); err != nil {
		slog.WarnContext(ctx, "unsafe database settings", "error", err)
	}
	core, err := wireCore(ctx, cfg, conn, obs)
	if err != nil {
		return err
	}
	defer core.close()
	obs.expect(core)
	return do(cfg, db, core)
}
