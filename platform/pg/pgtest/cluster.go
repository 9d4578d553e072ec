package pgtest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"stoa/platform/pg"
	"stoa/platform/pgserver"
)

const (
	testPrefix     = "stoa_test_"
	templatePrefix = "stoa_template_"
	keptTemplates  = 5
)

// cluster is the server of the tests' databases, and their roles.
type cluster struct {
	admin  *pgxpool.Pool
	base   *url.URL      // of the server, for the role that creates databases
	owner  *url.Userinfo // owns the databases and their tables
	app    *url.Userinfo // the program's role
	prefix string        // of the names of this binary's databases
	serial atomic.Int64
}

// binaryCluster returns this binary's cluster.
var binaryCluster = sync.OnceValues(func() (*cluster, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute) // PostgreSQL may have to be downloaded
	defer cancel()
	if given := os.Getenv("TEST_DATABASE_URL"); given != "" {
		return givenCluster(ctx, given)
	}
	return privateCluster(ctx)
})

// privateCluster connects to the server that the test binaries share.
func privateCluster(ctx context.Context) (*cluster, error) {
	urls, err := privateServer(ctx)
	if err != nil {
		return nil, err
	}
	base, err := url.Parse(urls.Owner)
	if err != nil {
		return nil, err
	}
	app, err := url.Parse(urls.App)
	if err != nil {
		return nil, err
	}
	c := &cluster{owner: base.User, app: app.User, base: base}
	c.base.User, c.base.Path = url.User(pgserver.Superuser), "/postgres"
	return c, c.connect(ctx)
}

// givenCluster connects to the server of TEST_DATABASE_URL. The role of the URL
// owns the databases. The program's role is created if it is missing, with a
// password that every test binary derives from the URL and that others cannot
// guess.
func givenCluster(ctx context.Context, given string) (*cluster, error) {
	base, err := url.Parse(given)
	if err != nil {
		return nil, fmt.Errorf("TEST_DATABASE_URL is not a URL")
	}
	sum := sha256.Sum256([]byte("stoa test role " + given))
	password := hex.EncodeToString(sum[:16])
	c := &cluster{owner: base.User, app: url.UserPassword("stoa_test", password), base: base}
	if err := c.connect(ctx); err != nil {
		return nil, err
	}
	return c, c.withLock(ctx, func(tx pgx.Tx) error {
		verb := "ALTER"
		err := tx.QueryRow(ctx, `SELECT 'CREATE' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'stoa_test')`).Scan(&verb)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		_, err = tx.Exec(ctx, verb+` ROLE stoa_test LOGIN PASSWORD '`+password+`'`)
		return err
	})
}

// connect opens the pool that creates databases, and drops the databases of
// binaries that have ended. The pool's open connection shows that this binary runs.
func (c *cluster) connect(ctx context.Context) error {
	c.prefix = testPrefix + strings.ToLower(rand.Text()[:10])
	config, err := pgxpool.ParseConfig(c.base.String())
	if err != nil {
		return fmt.Errorf("TEST_DATABASE_URL: %w", err)
	}
	config.ConnConfig.RuntimeParams["application_name"] = c.prefix
	config.MinConns, config.MaxConns = 1, 4
	config.MaxConnLifetime = 24 * time.Hour
	if c.admin, err = pgxpool.NewWithConfig(context.WithoutCancel(ctx), config); err != nil {
		return err
	}
	return c.sweep(ctx)
}

// sweep drops the databases of binaries that have ended.
func (c *cluster) sweep(ctx context.Context) error {
	return c.dropAll(ctx, `
		SELECT datname FROM pg_database
		WHERE datname LIKE 'stoa\_test\_%' AND NOT EXISTS (
			SELECT FROM pg_stat_activity
			-- pg_stat_activity has a column datname too.
			WHERE application_name = substring(pg_database.datname FROM '^stoa_test_[^_]*'))`)
}

// dropAll drops the databases that the query returns. It ignores errors, because
// another binary may drop them at the same time.
func (c *cluster) dropAll(ctx context.Context, query string, args ...any) error {
	rows, err := c.admin.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	for _, name := range names {
		_ = c.drop(ctx, name)
	}
	return err
}

func (c *cluster) drop(ctx context.Context, name string) error {
	_, err := c.admin.Exec(ctx, `DROP DATABASE IF EXISTS `+name+` WITH (FORCE)`)
	return err
}

// empty creates an empty database.
func (c *cluster) empty(ctx context.Context) (Database, error) {
	return c.create(ctx, "template1")
}

// clone creates a copy of the template of these migrations.
func (c *cluster) clone(ctx context.Context, fsys fs.FS) (Database, error) {
	template, err := c.template(ctx, fsys)
	if err != nil {
		return Database{}, err
	}
	return c.create(ctx, template)
}

// create creates a database from a template and opens a pool for it.
func (c *cluster) create(ctx context.Context, template string) (Database, error) {
	name := fmt.Sprintf("%s_%d", c.prefix, c.serial.Add(1))
	// Copying the files is faster for these small databases than logging every
	// page, which is the default since PostgreSQL 15.
	_, err := c.admin.Exec(ctx, `CREATE DATABASE `+name+` OWNER `+c.owner.Username()+
		` TEMPLATE `+template+` STRATEGY file_copy`)
	if err != nil {
		return Database{}, fmt.Errorf("create a database: %w", err)
	}
	// A copy does not have the database rights of its template.
	if _, err := c.admin.Exec(ctx, `REVOKE TEMPORARY ON DATABASE `+name+` FROM PUBLIC`); err != nil {
		return Database{}, err
	}
	d := Database{App: c.url(c.app, name), Owner: c.url(c.owner, name)}
	d.DB, err = pg.Open(context.WithoutCancel(ctx), pg.Config{URL: d.App, MaxConns: maxConns, AcquireTimeout: acquireTimeout})
	return d, err
}

// url returns the URL of a database for a role.
func (c *cluster) url(user *url.Userinfo, database string) string {
	u := *c.base
	u.User, u.Path = user, "/"+database
	return u.String()
}

// template returns the name of the migrated template. The first binary that needs
// it creates it; later runs reuse it.
func (c *cluster) template(ctx context.Context, fsys fs.FS) (string, error) {
	fingerprint, err := pg.Fingerprint(fsys)
	if err != nil {
		return "", err
	}
	name := templatePrefix + fingerprint
	return name, c.withLock(ctx, func(tx pgx.Tx) error {
		var exists bool
		err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, name).Scan(&exists)
		if err != nil || exists {
			return err
		}
		return c.makeTemplate(ctx, name, fsys)
	})
}

// makeTemplate migrates a database and renames it to the template's name when it is
// complete. It drops the oldest templates.
func (c *cluster) makeTemplate(ctx context.Context, name string, fsys fs.FS) error {
	d, err := c.empty(ctx)
	if err != nil {
		return err
	}
	d.Close()
	if _, err := pg.Migrate(ctx, d.Owner, d.App, fsys); err != nil {
		return err
	}
	if _, err := c.admin.Exec(ctx, `ALTER DATABASE `+d.name()+` RENAME TO `+name); err != nil {
		return err
	}
	return c.dropAll(ctx, `
		SELECT datname FROM pg_database WHERE datname LIKE 'stoa\_template\_%'
		ORDER BY oid DESC OFFSET $1`, keptTemplates)
}

// withLock runs fn while no other binary runs code under this lock.
func (c *cluster) withLock(ctx context.Context, fn func(pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, c.admin, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtext('stoa pgtest'))`); err != nil {
			return err
		}
		return fn(tx)
	})
}
