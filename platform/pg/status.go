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

// appliedQuery reads goose's table. goose itself is not asked, because it
// would make the table if it is missing, and looking must not write.
const appliedQuery = `SELECT version_id, tstamp FROM goose_db_version WHERE is_applied`

// Status is a migration and when it ran.
type Status struct {
	Version   int64
	Name      string    // of its file
	AppliedAt time.Time // zero when it is still to run
}

// Migrations returns every migration of fsys with its state in the database,
// in the order of their numbers. It changes nothing.
func Migrations(ctx context.Context, ownerURL string, fsys fs.FS) ([]Status, error) {
	config, err := parseURL(ownerURL)
	if err != nil {
		return nil, err
	}
	db := stdlib.OpenDB(*config)
	defer db.Close()
	applied, err := appliedVersions(ctx, db)
	if err != nil {
		return nil, fmt.Errorf("pg: migrations: %w", err)
	}
	return statuses(fsys, applied)
}

// Pending returns how many migrations of fsys the database does not have. It
// is one query, as the program's own role. A database that has more than fsys
// is fine: the program of yesterday works on the schema of today.
func (db *DB) Pending(ctx context.Context, fsys fs.FS) (int, error) {
	applied := make(map[int64]time.Time)
	rows, err := db.Query(ctx, appliedQuery)
	if err == nil {
		var version int64
		var at time.Time
		_, err = pgx.ForEachRow(rows, []any{&version, &at}, func() error {
			applied[version] = at
			return nil
		})
	}
	if err != nil && !hasCode(err, codeNoTable) {
		return 0, fmt.Errorf("pg: pending migrations: %w", err)
	}
	return countMissing(fsys, applied)
}

// missingVersions is Pending over the owner's connection.
func missingVersions(ctx context.Context, db *sql.DB, fsys fs.FS) (int, error) {
	applied, err := appliedVersions(ctx, db)
	if err != nil {
		return 0, err
	}
	return countMissing(fsys, applied)
}

// appliedVersions returns the versions in the database and when they ran;
// none when goose has never been here.
func appliedVersions(ctx context.Context, db *sql.DB) (map[int64]time.Time, error) {
	applied := make(map[int64]time.Time)
	rows, err := db.QueryContext(ctx, appliedQuery)
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

// countMissing counts the migrations of fsys that were not applied.
func countMissing(fsys fs.FS, applied map[int64]time.Time) (int, error) {
	all, err := statuses(fsys, applied)
	missing := 0
	for _, status := range all {
		if status.AppliedAt.IsZero() {
			missing++
		}
	}
	return missing, err
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
