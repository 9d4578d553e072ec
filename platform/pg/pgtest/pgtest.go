// Package pgtest provides tests with a real PostgreSQL.
//
// The server is private (platform/pgserver), tuned for speed and shared by all test
// binaries of this user. It stops soon after the last of them has ended.
// TEST_DATABASE_URL selects another server, with a role that may create databases
// and roles. STOA_PG_BIN is the directory of PostgreSQL's programs.
package pgtest

import (
	"context"
	"sync"
	"testing"
	"time"

	"stoa/migrations"
	"stoa/platform/pg"
)

// Database is a database of one test, and a pool of the program's role.
type Database struct {
	*pg.DB
	App   string // URL for the program's role
	Owner string // URL for the role that owns the tables
}

// acquireTimeout is longer than the program's: many tests share two cores.
const acquireTimeout = 10 * time.Second

// maxConns is small, because many tests share one server.
const maxConns = 10

// shared returns the database of DB, one for each test binary. A later binary drops
// it, since no code runs at the end of this one.
var shared = sync.OnceValues(func() (Database, error) {
	c, err := binaryCluster()
	if err != nil {
		return Database{}, err
	}
	return c.clone(context.Background(), migrations.FS)
})

// DB returns a pool for the migrated database that all tests of this binary share.
// A test creates its own users in it, and must expect the users of other tests.
func DB(t testing.TB) *pg.DB {
	t.Helper()
	d, err := shared()
	if err != nil {
		t.Fatalf("pgtest.DB: %v", err)
	}
	return d.DB
}

// New returns a migrated database for this test alone, dropped when the test ends.
func New(t testing.TB) Database {
	t.Helper()
	return ownDatabase(t, func(c *cluster) (Database, error) { return c.clone(t.Context(), migrations.FS) })
}

// Empty returns an empty database for this test alone, without rights for the
// program's role. It is for tests of migrations.
func Empty(t testing.TB) Database {
	t.Helper()
	return ownDatabase(t, func(c *cluster) (Database, error) { return c.empty(t.Context()) })
}

// ownDatabase creates a database and drops it at the end of the test.
func ownDatabase(t testing.TB, create func(*cluster) (Database, error)) Database {
	t.Helper()
	c, err := binaryCluster()
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
