package pg

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

// appliedQuery reads goose's table. goose itself would create the table if it is
// missing, and reading the status must not write.
const appliedQuery = `SELECT version_id, tstamp FROM goose_db_version WHERE is_applied`

// Status is a migration and when it ran.
type Status struct {
	Version   int64
	Name      string    // of the file
	AppliedAt time.Time // zero while it is pending
}

// Migrations returns every migration of fsys with its status, in the order of their
// numbers, followed by those of the job queue. It changes nothing.
func Migrations(ctx context.Context, ownerURL string, fsys fs.FS) ([]Status, error) {
	config, err := parseURL(ownerURL)
	if err != nil {
		return nil, err
	}
	db := stdlib.OpenDB(*config)
	defer db.Close()
	applied, err := appliedVersions(ctx, db, appliedQuery)
	if err != nil {
		return nil, fmt.Errorf("pg: migrations: %w", err)
	}
	queue, err := appliedVersions(ctx, db, jobsAppliedQuery)
	if err != nil {
		return nil, fmt.Errorf("pg: migrations of the job queue: %w", err)
	}
	return allStatuses(fsys, applied, queue)
}

// allStatuses lists the migrations of fsys, followed by the job queue's.
func allStatuses(fsys fs.FS, applied, queue map[int64]time.Time) ([]Status, error) {
	ours, err := statuses(fsys, applied)
	if err != nil {
		return nil, err
	}
	jobs, err := jobsStatuses(queue)
	return append(ours, jobs...), err
}

// Pending returns how many migrations of fsys and of the job queue the database
// does not have. It connects as the program's role. Additional migrations in the
// database are allowed: the previous release works with the current schema.
func (db *DB) Pending(ctx context.Context, fsys fs.FS) (int, error) {
	applied, err := db.versions(ctx, appliedQuery)
	if err != nil {
		return 0, fmt.Errorf("pg: pending migrations: %w", err)
	}
	queue, err := db.versions(ctx, jobsAppliedQuery)
	if err != nil {
		return 0, fmt.Errorf("pg: pending migrations of the job queue: %w", err)
	}
	all, err := allStatuses(fsys, applied, queue)
	return pending(all), err
}

// versions is appliedVersions with a connection of the program's role.
func (db *DB) versions(ctx context.Context, query string) (map[int64]time.Time, error) {
	applied := make(map[int64]time.Time)
	rows, err := db.Query(ctx, query)
	if err == nil {
		var version int64
		var at time.Time
		_, err = pgx.ForEachRow(rows, []any{&version, &at}, func() error {
			applied[version] = at
			return nil
		})
	}
	if err != nil && !hasCode(err, codeNoTable) {
		return nil, err
	}
	return applied, nil
}

// missingVersions counts the pending migrations of fsys.
func missingVersions(ctx context.Context, db *sql.DB, fsys fs.FS) (int, error) {
	applied, err := appliedVersions(ctx, db, appliedQuery)
	if err != nil {
		return 0, err
	}
	all, err := statuses(fsys, applied)
	return pending(all), err
}

// appliedVersions returns the versions that the query finds and their times. It
// returns none when the table does not exist, as before the first migration.
func appliedVersions(ctx context.Context, db *sql.DB, query string) (map[int64]time.Time, error) {
	applied := make(map[int64]time.Time)
	rows, err := db.QueryContext(ctx, query)
	if hasCode(err, codeNoTable) {
		return applied, nil
	}
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var version int64
		var at time.Time
		if err := rows.Scan(&version, &at); err != nil {
			return nil, err
		}
		applied[version] = at
	}
	return applied, rows.Err()
}

// pending counts the pending migrations.
func pending(all []Status) int {
	missing := 0
	for _, status := range all {
		if status.AppliedAt.IsZero() {
			missing++
		}
	}
	return missing
}

// statuses lists the migrations of fsys in the order of their numbers.
func statuses(fsys fs.FS, applied map[int64]time.Time) ([]Status, error) {
	names, err := fs.Glob(fsys, "*.sql")
	if err != nil {
		return nil, fmt.Errorf("pg: list migrations: %w", err)
	}
	all := make([]Status, 0, len(names))
	for _, name := range names {
		version, err := goose.NumericComponent(name)
		if err != nil {
			return nil, fmt.Errorf("pg: migration %s: %w", name, err)
		}
		all = append(all, Status{version, name, applied[version]})
	}
	slices.SortFunc(all, func(a, b Status) int { return cmp.Compare(a.Version, b.Version) })
	return all, nil
}
