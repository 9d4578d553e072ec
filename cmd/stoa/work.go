package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"stoa/platform/pg"
)

// stopJobs is how long jobs at work may take when the program stops; a little
// more than they may take at all.
const stopJobs = 20 * time.Second

type work struct{}

// Run does background jobs until the context ends.
func (work) Run(ctx context.Context) error {
	return withServing(ctx, func(cfg Config, db *database, core *core) error {
		if err := core.jobs.Start(ctx); err != nil {
			return err
		}
		slog.InfoContext(ctx, "working", "version", version, "env", string(cfg.Env))
		var cause error
		select {
		case <-ctx.Done():
		case <-db.gone():
			cause = errGone
		}
		slog.InfoContext(ctx, "stopping")
		return errors.Join(cause, core.stopJobs())
	})
}

var errGone = errors.New("the private PostgreSQL does not start any more: see the log above")

// stopJobs lets the jobs at work finish.
func (c *core) stopJobs() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopJobs)
	defer cancel()
	return c.jobs.Stop(ctx)
}

// withServing is the program as it runs in front of people: settings and
// database role safe, the schema up to date, the business on it.
func withServing(ctx context.Context, do func(Config, *database, *core) error) error {
	return withDatabase(ctx, func(cfg Config, db *database) error {
		seen, err := wireSight(ctx, cfg)
		if err != nil {
			return err
		}
		defer seen.close()
		return serving(ctx, cfg, db, seen, do)
	})
}

func serving(ctx context.Context, cfg Config, db *database, seen *sight, do func(Config, *database, *core) error) error {
	if err := db.migrate(ctx); err != nil {
		return err
	}
	conn, err := db.open(ctx, cfg, seen.tracer())
	if err != nil {
		return err
	}
	defer conn.Close()
	seen.metrics.Pool(conn.Pool())
	if err := checkRole(ctx, cfg, conn); err != nil {
		return err
	}
	if err := pg.CheckTimeouts(ctx, conn); err != nil {
		slog.WarnContext(ctx, "unsafe database settings", "error", err)
	}
	core, err := wireCore(cfg, conn)
	if err != nil {
		return err
	}
	defer core.close()
	seen.watch(core)
	return do(cfg, db, core)
}
