package pg

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// A migration that waits for a lock makes everybody wait behind it, so it
// gives up soon and is tried again with the next start. Its own work may take
// long. Values in the URL win over these.
const (
	migrationLockTimeout      = "5s"
	migrationStatementTimeout = "15min"
)

// clientCheckInterval is how often PostgreSQL looks, in the midst of a
// statement, whether the process that sent it still lives. It would otherwise
// notice at the statement's end, and the lock be held till then.
const clientCheckInterval = "1s"

// Only one process migrates at a time. The others ask for the lock every
// second, for as long as one statement may take and some more.
const (
	lockPeriodSeconds = 1
	lockAttempts      = 20 * 60
)

// Applied is a migration that Migrate has run.
type Applied struct {
	Version int64
	Name    string // of its file
	Took    time.Duration
}

// Migrate runs the migrations of fsys that the database does not have yet, in
// the order of their numbers, each in its own transaction, as the owner, and
// then those of the job queue in its schema. Any
// number of processes may call it together: each version runs once, and a
// process that dies leaves no lock. Then it gives the role of appURL its
// rights, if that is another role. It returns the migrations that it ran, also
// when a later one failed.
func Migrate(ctx context.Context, ownerURL, appURL string, fsys fs.FS) ([]Applied, error) {
	owner, err := parseURL(ownerURL)
	if err != nil {
		return nil, err
	}
	app, err := parseURL(appURL)
	if err != nil {
		return nil, err
	}
	db := stdlib.OpenDB(*owner)
	defer db.Close()
	applied, err := up(ctx, db, fsys)
	if err != nil {
		return applied, fmt.Errorf("pg: migrate: %w", err)
	}
	queue, err := upJobs(ctx, db, owner)
	applied = append(applied, queue...)
	if err != nil {
		return applied, fmt.Errorf("pg: migrate the job queue: %w", err)
	}
	if app.User == owner.User {
		return applied, nil
	}
	if err := grant(ctx, db, app.User); err != nil {
		return applied, fmt.Errorf("pg: grant rights to %s: %w", app.User, err)
	}
	return applied, nil
}

// parseURL reads the URL of a connection for migrations.
func parseURL(url string) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, withoutURL(err)
	}
	tuneConn(&config.Config)
	setParams(config.RuntimeParams, map[string]string{
		"lock_timeout":      migrationLockTimeout,
		"statement_timeout": migrationStatementTimeout,
		"application_name":  "stoa migrate",

		"client_connection_check_interval": clientCheckInterval,
	})
	// Notices (a table that exists already) are of no use to anybody.
	config.OnNotice = func(*pgconn.PgConn, *pgconn.Notice) {}
	return config, nil
}

// forgetBuffers has goose's go: it reads files through some of 4 MiB and keeps
// them in a pool, which is empty after two collections. Until then they would
// count as live, and the heap grow to a multiple of them before the next.
func forgetBuffers() {
	runtime.GC()
	runtime.GC()
}

// up brings the database to the newest version. An up-to-date database, which
// is what nearly every start finds, costs one query.
func up(ctx context.Context, db *sql.DB, fsys fs.FS) ([]Applied, error) {
	missing, err := missingVersions(ctx, db, fsys)
	if err != nil || missing == 0 {
		return nil, err
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(lockPeriodSeconds, lockAttempts))
	if err != nil {
		return nil, err
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, fsys,
		goose.WithSessionLocker(locker), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, err
	}
	results, err := provider.Up(ctx)
	forgetBuffers()
	var partial *goose.PartialError
	if errors.As(err, &partial) {
		results = partial.Applied
		err = fmt.Errorf("%s: %w", partial.Failed.Source.Path, partial.Err)
	}
	var applied []Applied
	for _, result := range results {
		applied = append(applied, Applied{result.Source.Version, result.Source.Path, result.Duration})
	}
	return applied, err
}
