package pg

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
)

// place is a number of a set, with the name of a file. The set need not have the file.
type place struct {
	set  set
	file file
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
	before, err := placeOf(sets, from)
	if err != nil {
		return err
	}
	after, err := placeOf(sets, to)
	switch {
	case err != nil:
		return err
	case slices.Contains(before.set.files, before.file):
		return fmt.Errorf("this program has the migration %s: rename its file first", from)
	case !slices.Contains(after.set.files, after.file):
		return fmt.Errorf("this program has no migration %s: check the name", to)
	}
	db, err := openOwner(ctx, config)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := checkMove(ctx, db, before, after); err != nil {
		return err
	}
	return move(ctx, db, before, after)
}

// placeOf returns the place of a file by its name in messages.
func placeOf(sets []set, name string) (place, error) {
	dir, base := path.Split(name)
	version, err := goose.NumericComponent(base)
	i := slices.IndexFunc(sets, func(s set) bool { return s.dir == dir })
	if err != nil || i < 0 {
		return place{}, fmt.Errorf("%q is not the name of a migration, such as 00015_accounts_notes.sql or app/00001_bookmarks.sql", name)
	}
	return place{sets[i], file{version, base}}, nil
}

// checkMove returns an error unless the database has the one and not the other.
func checkMove(ctx context.Context, db *sql.DB, before, after place) error {
	had, err := before.set.applied(ctx, db)
	if err != nil {
		return err
	}
	record, found := had[before.file.version]
	if !found || record.name != "" && record.name != before.file.name {
		return fmt.Errorf("the database has no migration %s: check the name", before.set.dir+before.file.name)
	}
	has, err := after.set.applied(ctx, db)
	if err != nil {
		return err
	}
	sameNumber := before.set.name == after.set.name && before.file.version == after.file.version
	if _, taken := has[after.file.version]; taken && !sameNumber {
		return fmt.Errorf("the database has another migration with the number of %s: give it the next free number", after.set.dir+after.file.name)
	}
	return nil
}

// move changes the record of an applied migration.
func move(ctx context.Context, db *sql.DB, before, after place) error {
	provider, err := after.set.provider(db)
	if err != nil {
		return err
	}
	if _, err := provider.GetDBVersion(ctx); err != nil { // creates goose's table if there is none
		return err
	}
	oldStore, err := before.set.store()
	if err != nil {
		return err
	}
	newStore, err := after.set.store()
	if err != nil {
		return err
	}
	return withLock(ctx, db, namesLock, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, namesTable); err != nil {
			return err
		}
		if err := oldStore.Delete(ctx, tx, before.file.version); err != nil {
			return err
		}
		return newStore.Insert(ctx, tx, database.InsertRequest{Version: after.file.version})
	})
}
