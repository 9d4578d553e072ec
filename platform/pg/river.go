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

// JobsSchema is the schema of the tables of River, the job queue. River's library
// has their migrations.
const JobsSchema = "river"

// jobsLock is the advisory lock for River's migrations.
const jobsLock int64 = 0x53746f6152697672

// jobsAppliedQuery reads River's table of migrations. It reads no column that a
// later migration adds: another process may be migrating.
const jobsAppliedQuery = `SELECT version, created_at, '' FROM river.river_migration`

// jobsMigrator returns River's migrator. The pool may be nil if the migrations are
// only listed.
func jobsMigrator(pool *pgxpool.Pool) (*rivermigrate.Migrator[pgx.Tx], error) {
	return rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{
		Schema: JobsSchema, Logger: slog.New(slog.DiscardHandler), // Migrate returns the applied migrations
	})
}

// jobsStatuses lists River's migrations.
func jobsStatuses(ctx context.Context, q querier) ([]Status, error) {
	migrator, err := jobsMigrator(nil)
	if err != nil {
		return nil, err
	}
	applied, err := readRecords(ctx, q, jobsAppliedQuery)
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

func jobsName(version int) string { return fmt.Sprintf("%s/%05d", JobsSchema, version) }

// upJobs migrates River's schema to the version of the library. Like up, it runs in
// one process at a time, with a transaction for each version, and runs one query
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
		applied, err = applyJobs(ctx, pool)
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

func applyJobs(ctx context.Context, pool *pgxpool.Pool) ([]Applied, error) {
	if _, err := pool.Exec(ctx, `CREATE SCHEMA IF NOT EXISTS `+JobsSchema); err != nil {
		return nil, err
	}
	migrator, err := jobsMigrator(pool)
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
