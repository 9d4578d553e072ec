package pg

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// jobsSet names River's migrations, which its library has.
const jobsSet = "river"

// jobsLock is the advisory lock for River's migrations.
const jobsLock int64 = 0x53746f6152697672

// jobsAppliedQuery reads River's table of migrations. It reads no column that a
// later migration adds: another process may be migrating.
const jobsAppliedQuery = `SELECT version, created_at, '' FROM %s.river_migration`

// jobsMigrator returns River's migrator for a schema. The pool may be nil if the
// migrations are only listed.
func jobsMigrator(pool *pgxpool.Pool, schema string) (*rivermigrate.Migrator[pgx.Tx], error) {
	return rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{
		Schema: schema, Logger: slog.New(slog.DiscardHandler), // Migrate returns the applied migrations
	})
}

// jobsStatuses lists River's migrations.
func jobsStatuses(ctx context.Context, q querier) ([]Status, error) {
	in, err := schemas(ctx, q)
	if err != nil {
		return nil, err
	}
	migrator, err := jobsMigrator(nil, in.Jobs)
	if err != nil {
		return nil, err
	}
	applied, err := readRecords(ctx, q, fmt.Sprintf(jobsAppliedQuery, pgx.Identifier{in.Jobs}.Sanitize()))
	if err != nil && !hasCode(err, codeNoTable) {
		return nil, err
	}
	var all []Status
	for _, m := range migrator.AllVersions() {
		version := int64(m.Version)
		all = append(all, Status{Version: version, Name: jobsName(m.Version), AppliedAt: applied[version].at})
	}
	return all, nil
}

func jobsName(version int) string { return fmt.Sprintf("%s/%05d", jobsSet, version) }

// upJobs migrates River's schema to the version of the library. Like up, it runs in
// one process at a time, with a transaction for each version, and runs two queries
// when no version is missing.
func upJobs(ctx context.Context, db *sql.DB, owner *pgx.ConnConfig) ([]Applied, error) {
	all, err := jobsStatuses(ctx, db)
	if err != nil {
		return nil, err
	}
	if missing, err := Missing(all); err != nil || missing == 0 {
		return nil, err
	}
	config, err := pgxpool.ParseConfig("")
	if err != nil {
		return nil, err
	}
	config.ConnConfig, config.MaxConns = owner, 2 // one connection holds the lock
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	var applied []Applied
	err = pool.AcquireFunc(ctx, func(conn *pgxpool.Conn) error {
		if err := waitForJobsLock(ctx, conn); err != nil {
			return err
		}
		applied, err = applyJobs(ctx, db, pool)
		return err
	})
	return applied, err
}

// waitForJobsLock acquires a lock that ends with the connection, so that a killed
// process leaves no lock. It polls, because a waiting statement would exceed the
// lock timeout.
func waitForJobsLock(ctx context.Context, conn *pgxpool.Conn) error {
	tick := time.NewTicker(lockPeriodSeconds * time.Second)
	defer tick.Stop()
	for range lockAttempts {
		var got bool
		if err := conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, jobsLock).Scan(&got); err != nil || got {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return fmt.Errorf("pg: timed out waiting for another process to migrate the job queue")
}

func applyJobs(ctx context.Context, db *sql.DB, pool *pgxpool.Pool) ([]Applied, error) {
	in, err := schemas(ctx, db)
	if err != nil {
		return nil, err
	}
	if in.Jobs != in.Tables { // the owner of one schema may not be allowed to create another
		if _, err := pool.Exec(ctx, `CREATE SCHEMA IF NOT EXISTS `+pgx.Identifier{in.Jobs}.Sanitize()); err != nil {
			return nil, err
		}
	}
	migrator, err := jobsMigrator(pool, in.Jobs)
	if err != nil {
		return nil, err
	}
	result, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
	if err != nil {
		return nil, err
	}
	var applied []Applied
	for _, v := range result.Versions {
		applied = append(applied, Applied{int64(v.Version), jobsName(v.Version), v.Duration})
	}
	return applied, nil
}
