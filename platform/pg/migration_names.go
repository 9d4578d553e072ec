package pg

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/pressly/goose/v3/database"
)

// namesTable has the name of each applied migration. goose stores numbers only: a
// migration with the number of another applied one would count as applied.
const namesTable = `
CREATE TABLE IF NOT EXISTS migration_names (
	set     text   NOT NULL,
	version bigint NOT NULL,
	name    text   NOT NULL,
	PRIMARY KEY (set, version)
)`

const insertName = `INSERT INTO migration_names (set, version, name) VALUES ($1, $2, $3)`

// namesLock is the advisory lock for creating and changing the table of names.
const namesLock int64 = 0x53746f614e616d65

// Collision is the error for two migrations with the same number. A restart does not
// resolve it.
type Collision struct{ message string }

// Error returns the number, both names and what to do.
func (c *Collision) Error() string { return c.message }

func twoFiles(dir string, a, b file) error {
	return &Collision{fmt.Sprintf("migrations %[1]s%[2]s and %[1]s%[3]s have the same number %[4]d: give one of them the next free number",
		dir, a.name, b.name, a.version)}
}

// Collision returns a *Collision when the database has another migration under this
// number.
func (s Status) Collision() error {
	if s.Recorded == "" || s.Recorded == s.Name {
		return nil
	}
	return &Collision{fmt.Sprintf("migration %d is %s in the database and %s in this program: "+
		"if these are two migrations, give %[3]s the next free number; "+
		`if %[2]s has another name, number or folder now, run "stoa migrate rename %[2]s NEW_NAME"`, s.Version, s.Recorded, s.Name)}
}

// Missing returns how many of these migrations the database does not have. It returns
// a *Collision when the database has one of the numbers under another name.
func Missing(all []Status) (int, error) {
	missing := 0
	for _, status := range all {
		if err := status.Collision(); err != nil {
			return 0, err
		}
		if status.AppliedAt.IsZero() {
			missing++
		}
	}
	return missing, nil
}

// isUnnamed reports whether the database has the migration and not its name, as after
// the release before.
func (s Status) isUnnamed() bool { return !s.AppliedAt.IsZero() && s.Recorded == "" }

// prepare returns how many migrations of the set are missing. It records the names of
// applied migrations that have none. When every migration is applied and named, as at
// nearly every start, it runs one query.
func (s set) prepare(ctx context.Context, db *sql.DB) (int, error) {
	all, err := s.statuses(ctx, db)
	if err != nil {
		return 0, err
	}
	missing, err := Missing(all)
	if err != nil || missing == 0 && !slices.ContainsFunc(all, Status.isUnnamed) {
		return missing, err
	}
	if err := s.adoptNames(ctx, db, all); err != nil {
		return 0, err
	}
	// Another process may have recorded other names first.
	if all, err = s.statuses(ctx, db); err != nil {
		return 0, err
	}
	return Missing(all)
}

// adoptNames creates the table of names and records those that are not recorded.
func (s set) adoptNames(ctx context.Context, db *sql.DB, all []Status) error {
	return withLock(ctx, db, namesLock, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, namesTable); err != nil {
			return err
		}
		for i, status := range all {
			if !status.isUnnamed() {
				continue
			}
			if _, err := tx.ExecContext(ctx, insertName+` ON CONFLICT DO NOTHING`, s.name, status.Version, s.files[i].name); err != nil {
				return err
			}
		}
		return nil
	})
}

// store returns goose's store for the table of the set.
func (s set) store() (namedStore, error) {
	store, err := database.NewStore(database.DialectPostgres, s.table)
	if err != nil {
		return namedStore{}, err
	}
	return namedStore{store.(database.StoreExtender), s}, nil
}

// namedStore is goose's store of applied versions, with the names beside them.
type namedStore struct {
	database.StoreExtender
	set set
}

// Insert records a version and its name in the transaction of the migration.
func (s namedStore) Insert(ctx context.Context, db database.DBTxConn, req database.InsertRequest) error {
	if err := s.StoreExtender.Insert(ctx, db, req); err != nil || req.Version == 0 {
		return err // goose creates its table with the version 0
	}
	i := slices.IndexFunc(s.set.files, func(f file) bool { return f.version == req.Version })
	_, err := db.ExecContext(ctx, insertName+` ON CONFLICT (set, version) DO UPDATE SET name = excluded.name`,
		s.set.name, req.Version, s.set.files[i].name)
	return err
}

// Delete removes a version and its name.
func (s namedStore) Delete(ctx context.Context, db database.DBTxConn, version int64) error {
	if err := s.StoreExtender.Delete(ctx, db, version); err != nil {
		return err
	}
	_, err := db.ExecContext(ctx, `DELETE FROM migration_names WHERE set = $1 AND version = $2`, s.set.name, version)
	return err
}

// ListMigrations returns a *Collision like Missing. goose calls it under its lock:
// another process may have migrated while this one waited for the lock.
func (s namedStore) ListMigrations(ctx context.Context, db database.DBTxConn) ([]*database.ListMigrationsResult, error) {
	all, err := s.set.statuses(ctx, db)
	if err != nil {
		return nil, err
	}
	if _, err := Missing(all); err != nil {
		return nil, err
	}
	return s.StoreExtender.ListMigrations(ctx, db)
}
