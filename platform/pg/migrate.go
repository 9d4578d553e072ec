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
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// While a migration waits for a lock, all other statements on the table wait behind
// it. So it fails soon, and runs again at the next start. Its own statements may
// take long. Values in the URL override these.
const (
	migrationLockTimeout      = "5s"
	migrationStatementTimeout = "15min"
)

// clientCheckInterval is how often PostgreSQL checks during a statement that the
// client is still connected. Otherwise it would notice only at the end of the
// statement that the client was killed, and hold the lock of migrations until then.
const clientCheckInterval = "1s"

// Only one process migrates at a time. The others try to acquire the lock every
// second, for 20 minutes, which is longer than one statement may take.
const (
	lockPeriodSeconds = 1
	lockAttempts      = 20 * 60
)

// Applied is a migration that Migrate has run.
type Applied struct {
	Version int64
	Name    string // of the file, as in Status
	Took    time.Duration
}

// Migrate runs the missing migrations of fsys as the owner, each in its own
// transaction: first those of its root, then those of its folder app, both in the
// order of their numbers, and then those of the job queue in its schema. Then it
// grants the role of appURL its rights, if that is another role. Several processes
// may call it concurrently: each version runs once, and a killed process leaves no
// lock. Migrate returns the migrations that it ran, even when a later one failed. It
// returns a *Collision, and runs nothing of a folder, when two migrations have the
// same number there; see Missing. It runs nothing for a role that cannot migrate; see
// CheckOwner.
func Migrate(ctx context.Context, ownerURL, appURL string, fsys fs.FS) ([]Applied, error) {
	owner, err := parseURL(ownerURL)
	if err != nil {
		return nil, err
	}
	app, err := parseURL(appURL)
	if err != nil {
		return nil, err
	}
	sets, err := readSets(fsys)
	if err != nil {
		return nil, err
	}
	db, err := openOwner(ctx, owner)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	var applied []Applied
	for _, s := range sets {
		ran, err := s.up(ctx, db)
		applied = append(applied, ran...)
		if err != nil {
			return applied, fmt.Errorf("pg: migrate: %w", err)
		}
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

// migrationParams are the defaults of a connection for migrations.
var migrationParams = map[string]string{
	"lock_timeout":                     migrationLockTimeout,
	"statement_timeout":                migrationStatementTimeout,
	"application_name":                 "stoa migrate",
	"datestyle":                        "ISO",
	"default_transaction_isolation":    "read committed",
	"client_connection_check_interval": clientCheckInterval,
}

// parseURL returns the configuration of a connection for migrations.
func parseURL(url string) (*pgx.ConnConfig, error) {
	pool, err := pgxpool.ParseConfig(url) // takes the parameters of a pool out, which the server would refuse
	if err != nil {
		return nil, withoutURL(err)
	}
	config := pool.ConnConfig
	tuneConn(&config.Config)
	setParams(config.RuntimeParams, migrationParams)
	// Notices, such as that a table exists already, are not useful.
	config.OnNotice = func(*pgconn.PgConn, *pgconn.Notice) {}
	return config, nil
}

// freeBuffers frees goose's buffers. goose reads files through buffers of 4 MiB
// in a sync.Pool, which is empty after two garbage collections. Until then they
// count as live memory, and the heap would grow to a multiple of them before the
// next collection.
func freeBuffers() {
	runtime.GC()
	runtime.GC()
}

// up runs the missing migrations of the set.
func (s set) up(ctx context.Context, db *sql.DB) ([]Applied, error) {
	missing, err := s.prepare(ctx, db)
	if err != nil || missing == 0 {
		return nil, err
	}
	provider, err := s.provider(db)
	if err != nil {
		return nil, err
	}
	results, err := provider.Up(ctx)
	freeBuffers()
	var partial *goose.PartialError
	if errors.As(err, &partial) {
		results = partial.Applied
		err = fmt.Errorf("%s: %w", s.dir+partial.Failed.Source.Path, partial.Err)
	}
	var applied []Applied
	for _, result := range results {
		applied = append(applied, Applied{result.Source.Version, s.dir + result.Source.Path, result.Duration})
	}
	return applied, err
}

// provider returns goose with the files and the table of the set.
func (s set) provider(db *sql.DB) (*goose.Provider, error) {
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(lockPeriodSeconds, lockAttempts))
	if err != nil {
		return nil, err
	}
	store, err := s.store()
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectCustom, db, s.fsys, goose.WithStore(store),
		goose.WithSessionLocker(locker), goose.WithDisableGlobalRegistry(true))
}
