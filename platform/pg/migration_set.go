package pg

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/pressly/goose/v3"
)

// set is a folder of migrations with numbers of its own.
type set struct {
	name  string // in the table migration_names
	dir   string // begins the names of its files in messages
	table string // of goose, with the applied versions
	fsys  fs.FS
	files []file // in the order of their numbers
}

type file struct {
	version int64
	name    string // without folder
}

// readSets returns the migrations of fsys in the order in which they run: first
// those of its root, then those of the folder app, which belong to the product that
// is built on this program. It returns a *Collision when two files of a set have one
// number.
func readSets(fsys fs.FS) ([]set, error) {
	app, err := fs.Sub(fsys, "app")
	if err != nil {
		return nil, err
	}
	sets := []set{
		{name: "stoa", table: "goose_db_version", fsys: fsys},
		{name: "app", dir: "app/", table: "goose_db_version_app", fsys: app},
	}
	for i := range sets {
		if sets[i].files, err = sets[i].readFiles(); err != nil {
			return nil, err
		}
	}
	return sets, nil
}

func (s set) readFiles() ([]file, error) {
	names, err := fs.Glob(s.fsys, "*.sql")
	if err != nil {
		return nil, fmt.Errorf("pg: list migrations: %w", err)
	}
	files := make([]file, len(names))
	for i, name := range names {
		version, err := goose.NumericComponent(name)
		if err != nil {
			return nil, fmt.Errorf("pg: migration %s: %w", s.dir+name, err)
		}
		files[i] = file{version, name}
	}
	slices.SortStableFunc(files, func(a, b file) int { return cmp.Compare(a.version, b.version) })
	for i := 1; i < len(files); i++ {
		if files[i-1].version == files[i].version {
			return nil, twoFiles(s.dir, files[i-1], files[i])
		}
	}
	return files, nil
}

// querier is the interface that a database, a connection and a transaction share.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// statuses lists the migrations of the set.
func (s set) statuses(ctx context.Context, q querier) ([]Status, error) {
	if len(s.files) == 0 {
		return nil, nil
	}
	applied, err := s.applied(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("pg: migrations: %w", err)
	}
	all := make([]Status, len(s.files))
	for i, f := range s.files {
		record := applied[f.version]
		all[i] = Status{Version: f.version, Name: s.dir + f.name, AppliedAt: record.at}
		if record.name != "" {
			all[i].Recorded = s.dir + record.name
		}
	}
	return all, nil
}

// applied reads the versions that the database has. It creates no table, because
// reading the status must not write. A database that the release before has migrated
// has no names.
func (s set) applied(ctx context.Context, q querier) (map[int64]record, error) {
	versions := `SELECT version_id, tstamp, '' FROM ` + s.table + ` WHERE is_applied`
	named := `SELECT version_id, tstamp, coalesce(name, '')
		FROM ` + s.table + ` LEFT JOIN migration_names ON set = '` + s.name + `' AND version = version_id
		WHERE is_applied`
	records, err := readRecords(ctx, q, named)
	if hasCode(err, codeNoTable) {
		records, err = readRecords(ctx, q, versions)
	}
	if hasCode(err, codeNoTable) {
		return nil, nil // before the first migration
	}
	return records, err
}

// record is what the database has about an applied version.
type record struct {
	at   time.Time
	name string // of the file, empty if it is not recorded
}

// readRecords runs a query for versions, their times and their names.
func readRecords(ctx context.Context, q querier, query string) (map[int64]record, error) {
	rows, err := q.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	records := map[int64]record{}
	for rows.Next() {
		var version int64
		var r record
		if err := rows.Scan(&version, &r.at, &r.name); err != nil {
			return nil, err
		}
		records[version] = r
	}
	return records, rows.Err()
}
