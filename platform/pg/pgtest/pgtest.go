// Package pgtest gives tests a real PostgreSQL.
//
// The server is private (platform/pg/server), tuned for speed and shared by
// all test binaries of this user; it stops by itself soon after the last of
// them has ended. TEST_DATABASE_URL names another server instead, as a role
// that may create databases and roles. STOA_PG_BIN chooses PostgreSQL's
// programs.
package pgtest

import (
	"context"
	"sync"
	"testing"
	"time"

	"stoa/migrations"
	"stoa/platform/pg"
)

// Database is a database of one test, and a pool of the program's role in it.
type Database struct {
	*pg.DB
	App   string // URL as the program's role
	Owner string // URL as the role that owns the tables
}

// acquireTimeout is longer than the program's: many tests share two cores.
const acquireTimeout = 10 * time.Second

// maxConns is small, because many tests share one server.
const maxConns = 10

// shared is the database of DB: one for each test binary. It is dropped by a
// later binary, since nothing runs at the end of this one.
var shared = sync.OnceValues(func() (Database, error) {
	c, err := connected()
	if err != nil {
		return Database{}, err
	}
	return c.clone(context.Background(), migrations.FS)
})

// DB returns a pool on the migrated database that all tests of this binary
// share. A test makes users of its own in it and expects others beside them.
func DB(t testing.TB) *pg.DB {
	t.Helper()
	d, err := shared()
	if err != nil {
		t.Fatalf("pgtest.DB: %v", err)
	}
	return d.DB
}

// New returns a migrated database of the test's own, dropped when it ends.
func New(t testing.TB) Database {
	t.Helper()
	return ownDatabase(t, func(c *cluster) (Database, error) { return c.clone(t.Context(), migrations.FS) })
}

// Empty returns a database of the test's own in which nothing is, not even
// the rights of the program's role: for tests of migrations.
func Empty(t testing.TB) Database {
	t.Helper()
	return ownDatabase(t, func(c *cluster) (Database, error) { return c.empty(t.Context()) })
}

// ownDatabase makes a database and drops it at the end of the test.
func ownDatabase(t testing.TB, create func(*cluster) (Database, error)) Database {
	t.Helper()
	c, err := connected()
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	d, err := create(c)
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	t.Cleanup(func() {
		d.Close()
		if err := c.drop(context.Background(), d.name()); err != nil {
			t.Errorf("pgtest: %v", err)
		}
	})
	return d
}

// name returns the database's name.
func (d Database) name() string { return d.Pool().Config().ConnConfig.Database }
