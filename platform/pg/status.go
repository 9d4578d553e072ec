package pg

import (
	"context"
	"fmt"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
)

// Status is a migration of the program, and what the database has under its number.
type Status struct {
	Version   int64
	Name      string    // of the file: 00001_accounts_users.sql, app/00001_bookmarks.sql
	AppliedAt time.Time // zero while it is pending
	Recorded  string    // the name in the database, empty if it has none
}

// Migrations returns every migration of fsys with its status, in the order in which
// they run, followed by those of the job queue. It changes nothing. It returns the
// error of CheckOwner for a role that cannot migrate.
func Migrations(ctx context.Context, ownerURL string, fsys fs.FS) ([]Status, error) {
	config, err := parseURL(ownerURL)
	if err != nil {
		return nil, err
	}
	db, err := openOwner(ctx, config)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	return allStatuses(ctx, db, fsys)
}

// Pending returns how many migrations of fsys and of the job queue the database
// does not have, or a *Collision; see Missing. It connects as the program's role.
// Additional migrations in the database are allowed: the previous release works with
// the current schema.
func (db *DB) Pending(ctx context.Context, fsys fs.FS) (int, error) {
	pool := stdlib.OpenDBFromPool(db.pool)
	defer pool.Close()
	all, err := allStatuses(ctx, pool, fsys)
	if err != nil {
		return 0, err
	}
	return Missing(all)
}

// allStatuses lists the migrations of fsys, followed by the job queue's.
func allStatuses(ctx context.Context, q querier, fsys fs.FS) ([]Status, error) {
	sets, err := readSets(fsys)
	if err != nil {
		return nil, err
	}
	var all []Status
	for _, s := range sets {
		list, err := s.statuses(ctx, q)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	queue, err := jobsStatuses(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("pg: migrations of the job queue: %w", err)
	}
	return append(all, queue...), nil
}
