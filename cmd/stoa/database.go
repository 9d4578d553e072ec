package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"stoa/cmd/stoa/config"
	"stoa/migrations"
	"stoa/platform/pg"
	"stoa/platform/pgserver"
)

// stopServer is how long the private PostgreSQL may take to stop.
const stopServer = 25 * time.Second

// database is the PostgreSQL database of the program, on the server of the
// settings or on the private server.
type database struct {
	app, owner string           // URLs, by role
	named      bool             // DATABASE_URL is set
	private    *pgserver.Server // nil unless this process started it
}

// findDatabase returns the database of the settings. Without DATABASE_URL that
// is the private server, which findDatabase starts unless it is running.
func findDatabase(ctx context.Context, cfg config.Config) (*database, error) {
	if cfg.EmbeddedDatabase != config.On {
		return &database{app: string(cfg.DatabaseURL), owner: string(cfg.DatabaseOwnerURL), named: true}, nil
	}
	urls, err := pgserver.Join(ctx, cfg.DataDir)
	if errors.Is(err, pgserver.ErrNotRunning) {
		private, failure := pgserver.Start(ctx, pgserver.Config{
			DataDir: cfg.DataDir, BinDir: cfg.PGBin, Log: slog.Default(), MaxConns: max(100, 2*int(cfg.DBMaxConns)+20), // serve, work and commands
		})
		if failure == nil {
			return &database{app: private.URLs().App, owner: private.URLs().Owner, private: private}, nil
		}
		if !errors.Is(failure, pgserver.ErrRunning) {
			return nil, failure
		}
		urls, err = pgserver.Join(ctx, cfg.DataDir) // another process has started it in the meantime
	}
	if err != nil {
		return nil, err
	}
	return &database{app: urls.App, owner: urls.Owner}, nil
}

// close stops the private server if this process started it.
func (d *database) close() error {
	if d.private == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), stopServer)
	defer cancel()
	return d.private.Stop(ctx)
}

// done returns a channel that is closed when the private server has stopped and
// cannot be restarted.
func (d *database) done() <-chan struct{} {
	if d.private == nil {
		return nil
	}
	return d.private.Done()
}

// open returns the pool of the program's role. The tracer, if not nil, observes
// its queries.
func (d *database) open(ctx context.Context, cfg config.Config, tracer pgx.QueryTracer) (*pg.DB, error) {
	return pg.Open(ctx, pg.Config{
		URL: d.app, MaxConns: cfg.DBMaxConns, MinConns: cfg.DBMinConns, AcquireTimeout: cfg.DBAcquireTimeout,
		IdleTimeout: cfg.DBIdleTimeout, MaxLifetime: cfg.DBMaxLifetime, Tracer: tracer,
	})
}

// await waits until the database accepts connections with each of the URLs, for each at
// most START_TIMEOUT: in a deployment it may start at the same time, and so may the
// pooler that one of the URLs leads to.
func (d *database) await(ctx context.Context, cfg config.Config, urls ...string) error {
	for _, url := range slices.Compact(urls) {
		err := pg.Await(ctx, url, cfg.StartTimeout, func(err error) {
			slog.WarnContext(ctx, "waiting for PostgreSQL", "error", describe(err))
		})
		if err != nil {
			return d.explain(url, err)
		}
	}
	return nil
}

// unreachable is the error of a database that the URL of the setting does not reach.
type unreachable struct {
	setting string
	error
}

// Error returns the error with the setting.
func (u unreachable) Error() string { return u.setting + ": " + u.error.Error() }

// Unwrap returns the error without the setting.
func (u unreachable) Unwrap() error { return u.error }

// explain names the setting of a URL that cannot connect.
func (d *database) explain(url string, err error) error {
	var unreached *pgconn.ConnectError
	switch {
	case !d.named || !errors.As(err, &unreached):
		return err
	case url == d.app:
		return unreachable{"DATABASE_URL", err}
	}
	return unreachable{"DATABASE_OWNER_URL", err}
}

// migrate applies the missing migrations.
func (d *database) migrate(ctx context.Context) error {
	applied, err := pg.Migrate(ctx, d.owner, d.app, migrations.FS)
	for _, m := range applied {
		slog.InfoContext(ctx, "migrated", "version", m.Version, "name", m.Name)
	}
	if err != nil {
		return fmt.Errorf("migrate: %w", d.explain(d.owner, err))
	}
	return nil
}

// checkSchema returns why the program cannot work with the database.
func checkSchema(ctx context.Context, conn *pg.DB) error {
	if err := conn.Check(ctx); err != nil {
		return fmt.Errorf("DATABASE_URL: %w", err)
	}
	return nil
}

// checkRole returns an error in production, and logs a warning in development,
// when row-level security does not apply to the program's role.
func checkRole(ctx context.Context, cfg config.Config, conn *pg.DB) error {
	role, err := pg.CheckRole(ctx, conn)
	if err != nil {
		return err
	}
	if !role.Superuser && !role.BypassRLS {
		return nil
	}
	unsafe := fmt.Errorf("the role %s of DATABASE_URL is a superuser or has BYPASSRLS: make one without, row-level security does not bind it", role.Name)
	if cfg.Production() {
		return unsafe
	}
	slog.WarnContext(ctx, "unsafe database role", "error", unsafe)
	return nil
}
