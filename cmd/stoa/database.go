package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
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

// database is where the program's data is: a server somewhere, or our own.
type database struct {
	app, owner string // addresses, by role
	named      bool   // by the settings
	private    *pgserver.Server
}

// findDatabase returns the database of the settings. Without DATABASE_URL that
// is the private server: the one that runs already, or one started for this
// process.
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
		urls, err = pgserver.Join(ctx, cfg.DataDir) // another process was quicker
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

// done is closed when the private server has given up for good.
func (d *database) done() <-chan struct{} {
	if d.private == nil {
		return nil
	}
	return d.private.Done()
}

// open returns the pool of the program's role. The tracer, where there is one,
// watches its queries.
func (d *database) open(ctx context.Context, cfg config.Config, tracer pgx.QueryTracer) (*pg.DB, error) {
	return pg.Open(ctx, pg.Config{
		URL: d.app, MaxConns: cfg.DBMaxConns, MinConns: cfg.DBMinConns, AcquireTimeout: cfg.DBAcquireTimeout,
		IdleTimeout: cfg.DBIdleTimeout, MaxLifetime: cfg.DBMaxLifetime, Tracer: tracer,
	})
}

// migrate brings the schema up to date.
func (d *database) migrate(ctx context.Context) error {
	applied, err := pg.Migrate(ctx, d.owner, d.app, migrations.FS)
	for _, m := range applied {
		slog.InfoContext(ctx, "migrated", "version", m.Version, "name", m.Name)
	}
	var unreached *pgconn.ConnectError
	if errors.As(err, &unreached) && d.named { // its text has a line for each try
		return fmt.Errorf("migrate: DATABASE_OWNER_URL, or DATABASE_URL without one: %s", strings.Join(strings.Fields(unreached.Error()), " "))
	}
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// checkRole refuses, in production, to work as a role that row-level security
// does not bind.
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
