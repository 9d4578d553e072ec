// Package pg connects to PostgreSQL. It has a pool with a timeout for every wait,
// the only function that begins a transaction, functions that classify PostgreSQL's
// errors, and the migrations.
package pg

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
	pgxuuid "github.com/vgarvardt/pgx-google-uuid/v5"
)

// DB is a pool of connections to one database with one role. It implements the
// interface DBTX of sqlc's generated queries.
type DB struct {
	pool           *pgxpool.Pool
	acquireTimeout time.Duration
	shares         *shares
	connectBackoff *connectBackoff
	breaker        *breaker
	schemas        atomic.Pointer[Schemas] // nil before the first use
}

// Open creates the pool. It connects in the background, so the server need not be
// up. The only error is for a malformed URL, and does not contain the URL.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	cfg = cfg.withDefaults()
	config, err := cfg.pool()
	if err != nil {
		return nil, err
	}
	db := &DB{
		acquireTimeout: cfg.AcquireTimeout, shares: newShares(cfg.MaxConns, cfg.AcquireTimeout),
		connectBackoff: &connectBackoff{}, breaker: newBreaker(newProbe(config.ConnConfig.Copy())),
	}
	config.ConnConfig.Tracer = cfg.Tracer
	if !hasTimeout(config.ConnConfig.RuntimeParams) {
		config.ConnConfig.Tracer = withDeadline(db.breaker, cfg.Tracer)
	}
	config.BeforeConnect = func(context.Context, *pgx.ConnConfig) error {
		return errors.Join(db.breaker.check(), db.connectBackoff.check())
	}
	config.ConnConfig.OnPgError = (&failover{}).watch(config.ConnConfig.OnPgError, func() { db.pool.Reset() })
	if db.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		db.breaker.end()
		return nil, fmt.Errorf("pg: %w", err)
	}
	return db, nil
}

// Pool returns the pgx pool, for libraries that need one (Fiber's storage, River).
// Only the caller's context bounds the wait for its connections, and they count in no
// share.
func (db *DB) Pool() *pgxpool.Pool { return db.pool }

// Pooled reports whether a pooler is between the program and the server; see the
// function Pooled.
func (db *DB) Pooled() bool { return pooled(db.pool.Config().ConnConfig) }

// Close waits until every connection has been released, and closes them.
func (db *DB) Close() {
	db.pool.Close()
	db.breaker.end()
}

// Ping returns nil when the server responds.
func (db *DB) Ping(ctx context.Context) error {
	conn, err := db.acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	ctx, end := db.breaker.startWait(ctx, responseTimeout) // pgx calls no tracer for a ping
	err = conn.Ping(ctx)
	end(isResponse(err))
	return err
}

// Exec runs a statement on a connection of the pool.
func (db *DB) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	conn, err := db.acquire(ctx)
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	defer conn.Release()
	return conn.Exec(ctx, sql, args...)
}

// Query runs a query. Its connection returns to the pool when the rows have been
// read to the end or closed.
func (db *DB) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	conn, err := db.acquire(ctx)
	if err != nil {
		return nil, err
	}
	result, err := conn.Query(ctx, sql, args...)
	if err != nil {
		conn.Release()
		return nil, err
	}
	return &rows{Rows: result, conn: conn}, nil
}

// QueryRow runs a query of one row. The row's Scan releases the connection, and
// returns every error of the query.
func (db *DB) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	conn, err := db.acquire(ctx)
	if err != nil {
		return failedRow{err}
	}
	return &row{Row: conn.QueryRow(ctx, sql, args...), conn: conn}
}

// sharedConn is a connection of the pool that counts in a share.
type sharedConn struct {
	*pgxpool.Conn
	endShare func() // nil after Release
}

// Release returns the connection to the pool, and its place to the share. Further
// calls do nothing.
func (c *sharedConn) Release() {
	c.Conn.Release()
	if c.endShare != nil {
		c.endShare()
		c.endShare = nil
	}
}

// acquire waits for a connection, at most acquireTimeout, so that a request fails
// early when the pool is exhausted or the server is down.
func (db *DB) acquire(ctx context.Context) (*sharedConn, error) {
	if err := db.breaker.check(); err != nil {
		return nil, err
	}
	limited, end := db.breaker.startWait(ctx, db.acquireTimeout)
	defer end(false) // an idle connection of the pool does not prove that the server responds
	conn, err := db.acquireShared(limited)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return nil, fmt.Errorf("pg: no connection within %s: %w", db.acquireTimeout, err)
	}
	return conn, err
}

func (db *DB) acquireShared(ctx context.Context) (*sharedConn, error) {
	endShare, err := db.shares.acquire(ctx)
	if err != nil {
		return nil, err
	}
	conn, err := db.pool.Acquire(ctx)
	db.connectBackoff.record(err)
	if err != nil {
		endShare()
		return nil, err
	}
	return &sharedConn{conn, endShare}, nil
}

// registerTypes adds the type uuid.UUID to a connection: without it pgx first fails
// to encode a UUID, and then sends it as text. registerTypes also sets the location
// of timestamptz values to UTC, so that they are the same on every machine.
func registerTypes(_ context.Context, conn *pgx.Conn) error {
	pgxuuid.Register(conn.TypeMap())
	conn.TypeMap().RegisterType(&pgtype.Type{
		Name:  "timestamptz",
		OID:   pgtype.TimestamptzOID,
		Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
	})
	return nil
}
