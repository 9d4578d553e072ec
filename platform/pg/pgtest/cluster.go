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

// cluster is a server on which databases are made, and the roles in them.
type cluster struct {
	admin  *pgxpool.Pool
	base   *url.URL      // of the server, as the one who makes the databases
	owner  *url.Userinfo // owns the databases and their tables
	app    *url.Userinfo // the program's role
	prefix string        // of the names of this binary's databases
	serial atomic.Int64
}

// connected returns this binary's cluster.
var connected = sync.OnceValues(func() (*cluster, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute) // it may be fetched first
	defer cancel()
	if given := os.Getenv("TEST_DATABASE_URL"); given != "" {
		return givenCluster(ctx, given)
	}
	return privateCluster(ctx)
})

// privateCluster reaches the server that is shared by the test binaries.
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

// givenCluster reaches the server of TEST_DATABASE_URL. Its role owns the
// databases; the program's role is made if it is missing, with a password that
// every test binary can derive and nobody else can guess.
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

// connect opens the pool that makes databases. Its open connection is also the
// sign that this binary lives: what a dead one left is dropped here.
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
			-- pg_stat_activity has a datname of its own.
			WHERE application_name = substring(pg_database.datname FROM '^stoa_test_[^_]*'))`)
}

// dropAll drops the databases that the query names. Another binary may be
// about the same, so their failures do not matter.
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

// empty makes a database with nothing in it.
func (c *cluster) empty(ctx context.Context) (Database, error) {
	return c.create(ctx, "template1")
}

// clone makes a copy of the template of these migrations.
func (c *cluster) clone(ctx context.Context, fsys fs.FS) (Database, error) {
	template, err := c.template(ctx, fsys)
	if err != nil {
		return Database{}, err
	}
	return c.create(ctx, template)
}

// create makes a database from a template and opens a pool on it.
func (c *cluster) create(ctx context.Context, template string) (Database, error) {
	name := fmt.Sprintf("%s_%d", c.prefix, c.serial.Add(1))
	// A copy of the files is faster here than the log of every page that
	// PostgreSQL 15 and newer write by default.
	_, err := c.admin.Exec(ctx, `CREATE DATABASE `+name+` OWNER `+c.owner.Username()+
		` TEMPLATE `+template+` STRATEGY file_copy`)
	if err != nil {
		return Database{}, fmt.Errorf("make a database: %w", err)
	}
	// The rights to a database are not part of its template.
	if _, err := c.admin.Exec(ctx, `REVOKE TEMPORARY ON DATABASE `+name+` FROM PUBLIC`); err != nil {
		return Database{}, err
	}
	d := Database{App: c.url(c.app, name), Owner: c.url(c.owner, name)}
	d.DB, err = pg.Open(context.WithoutCancel(ctx), pg.Config{URL: d.App, MaxConns: maxConns, AcquireTimeout: acquireTimeout})
	return d, err
}

// url returns the URL of a database as a role.
func (c *cluster) url(user *url.Userinfo, database string) string {
	u := *c.base
	u.User, u.Path = user, "/"+database
	return u.String()
}

// template returns the name of the migrated template, made by the first binary
// that needs it and kept for later runs.
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

// makeTemplate migrates a database and gives it the template's name when it is
// complete. The oldest templates go.
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

// withLock runs fn while no other binary is in here.
func (c *cluster) withLock(ctx context.Context, fn func(pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, c.admin, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtext('stoa pgtest'))`); err != nil {
			return err
		}
		return fn(tx)
	})
}
