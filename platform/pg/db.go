// Package pg is the way to PostgreSQL: a pool whose every wait has an end, the
// one place where a transaction begins, the meaning of PostgreSQL's errors,
// and the migrations.
package pg

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
	pgxuuid "github.com/vgarvardt/pgx-google-uuid/v5"
)

// DB is a pool of connections to one database under one role. Its Exec, Query
// and QueryRow are what sqlc's generated queries ask for (DBTX).
type DB struct {
	pool           *pgxpool.Pool
	acquireTimeout time.Duration
	connectBackoff *connectBackoff
	breaker        *breaker
}

// Open builds the pool. It connects in the background, so the server need not
// be up: the only error is a malformed URL, and it does not repeat the URL.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	cfg = cfg.withDefaults()
	config, err := cfg.pool()
	if err != nil {
		return nil, err
	}
	db := &DB{acquireTimeout: cfg.AcquireTimeout, connectBackoff: &connectBackoff{}, breaker: newBreaker(acceptsConnections(config.ConnConfig.Copy()))}
	config.ConnConfig.Tracer = cfg.Tracer
	if !hasTimeout(config.ConnConfig.RuntimeParams) {
		config.ConnConfig.Tracer = withDeadline(db.breaker, cfg.Tracer)
	}
	config.BeforeConnect = func(context.Context, *pgx.ConnConfig) error {
		return errors.Join(db.breaker.check(), db.connectBackoff.check())
	}
	config.ConnConfig.OnPgError = (&failover{}).watch(config.ConnConfig.OnPgError, func() { db.pool.Reset() })
	if db.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		db.breaker.close()
		return nil, fmt.Errorf("pg: %w", err)
	}
	return db, nil
}

// Pool returns the pool itself, for libraries that insist on one (Fiber's
// storage, River). Waiting for its connections has no end of its own.
func (db *DB) Pool() *pgxpool.Pool { return db.pool }

// Pooled reports whether a pooler stands before the server; see the function.
func (db *DB) Pooled() bool { return pooled(db.pool.Config().ConnConfig) }

// Close waits until every connection has been given back and closes them.
func (db *DB) Close() {
	db.pool.Close()
	db.breaker.close()
}

// Ping asks the server for a sign of life.
func (db *DB) Ping(ctx context.Context) error {
	conn, err := db.acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	ctx, end := db.breaker.wait(ctx, responseTimeout) // no tracer is told of a ping
	err = conn.Ping(ctx)
	end(isResponse(err))
	return err
}

// Exec runs a statement on a connection of its own.
func (db *DB) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	conn, err := db.acquire(ctx)
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	defer conn.Release()
	return conn.Exec(ctx, sql, args...)
}

// Query runs a query. Its connection goes back to the pool when the rows have
// been read to the end or closed.
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

// QueryRow runs a query of one row. Its connection goes back to the pool with
// Scan, which also returns the errors.
func (db *DB) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	conn, err := db.acquire(ctx)
	if err != nil {
		return failedRow{err}
	}
	return &row{Row: conn.QueryRow(ctx, sql, args...), conn: conn}
}

// acquire waits for a connection, at most acquireTimeout: when the pool is
// exhausted or the server is away, a request must hear it early.
func (db *DB) acquire(ctx context.Context) (*pgxpool.Conn, error) {
	if err := db.breaker.check(); err != nil {
		return nil, err
	}
	limited, end := db.breaker.wait(ctx, db.acquireTimeout)
	defer end(false) // the pool may have had a connection at hand
	conn, err := db.pool.Acquire(limited)
	db.connectBackoff.note(err)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return nil, fmt.Errorf("pg: no connection within %s: %w", db.acquireTimeout, err)
	}
	return conn, err
}

// registerTypes teaches a connection uuid.UUID, which pgx would else write as
// text by way of an error, and has timestamptz values come back in UTC, so that
// they look the same on every machine.
func registerTypes(_ context.Context, conn *pgx.Conn) error {
	pgxuuid.Register(conn.TypeMap())
	conn.TypeMap().RegisterType(&pgtype.Type{
		Name:  "timestamptz",
		OID:   pgtype.TimestamptzOID,
		Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
	})
	return nil
}
