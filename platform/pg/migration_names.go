package pg

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3/database"
)

// namesTable has the name of each applied migration. goose stores numbers only: a
// migration whose number another one has used would count as applied.
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

// Rename records that a migration of the database is another file now: it has a new
// name or number, or moved to the other folder. Its statements do not run again. It
// returns an error unless the database has the migration from, and only to is a file
// of fsys.
func Rename(ctx context.Context, ownerURL string, fsys fs.FS, from, to string) error {
	config, err := parseURL(ownerURL)
	if err != nil {
		return err
	}
	sets, err := readSets(fsys)
	if err != nil {
		return err
	}
	oldSet, oldFile, err := fileNamed(sets, from)
	if err != nil {
		return err
	}
	newSet, newFile, err := fileNamed(sets, to)
	switch {
	case err != nil:
		return err
	case slices.Contains(oldSet.files, oldFile):
		return fmt.Errorf("this program has the migration %s: rename its file first", from)
	case !slices.Contains(newSet.files, newFile):
		return fmt.Errorf("this program has no migration %s: check the name", to)
	}
	db := stdlib.OpenDB(*config)
	defer db.Close()
	provider, err := newSet.provider(db)
	if err != nil {
		return err
	}
	if _, err := provider.GetDBVersion(ctx); err != nil { // creates its table if there is none
		return err
	}
	err = withLock(ctx, db, namesLock, func(tx *sql.Tx) error {
		if err := moveVersion(ctx, tx, oldSet, oldFile, newSet, newFile); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, insertName, newSet.name, newFile.version, newFile.name)
		return err
	})
	if Duplicate(err, "migration_names_pkey") {
		return fmt.Errorf("the database has another migration with the number of %s: give it the next free number", to)
	}
	return err
}

// moveVersion changes goose's record of a version, and removes its name.
func moveVersion(ctx context.Context, tx *sql.Tx, oldSet set, oldFile file, newSet set, newFile file) error {
	if _, err := tx.ExecContext(ctx, namesTable); err != nil {
		return err
	}
	move := `
		WITH moved AS (
			DELETE FROM ` + oldSet.table + `
			WHERE version_id = $1 AND is_applied AND NOT EXISTS (
				SELECT FROM migration_names WHERE set = $2 AND version = $1 AND name <> $3)
			RETURNING tstamp)
		INSERT INTO ` + newSet.table + ` (version_id, is_applied, tstamp)
		SELECT $4, true, max(tstamp) FROM moved HAVING count(*) > 0`
	moved, err := tx.ExecContext(ctx, move, oldFile.version, oldSet.name, oldFile.name, newFile.version)
	if err != nil {
		return err
	}
	if n, err := moved.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, fmt.Errorf("the database has no migration %s: check the name", oldSet.dir+oldFile.name))
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM migration_names WHERE set = $1 AND version = $2`, oldSet.name, oldFile.version)
	return err
}
