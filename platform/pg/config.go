package pg

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// How long one statement, one wait for a lock and one idle transaction may last,
// in PostgreSQL's units. A request must end within 5 s even when another
// transaction has locked a row that the request needs. A transaction that is left
// open must not hold back vacuum.
const (
	statementTimeout = "5s"
	lockTimeout      = "3s"
	idleInTxTimeout  = "10s"
)

// directParams are the defaults of a connection without a pooler: a pooler refuses
// them, and has its own. See CheckTimeouts.
var directParams = map[string]string{
	"statement_timeout":                   statementTimeout,
	"lock_timeout":                        lockTimeout,
	"idle_in_transaction_session_timeout": idleInTxTimeout,
	"default_transaction_isolation":       "read committed",
}

// A server that does not respond to a connection attempt within connectTimeout is
// down. When a peer disappears without closing the connection, keepalive detects it
// within keepaliveIdle + keepaliveProbes × keepaliveInterval = 14 s.
const (
	connectTimeout    = 3 * time.Second
	keepaliveIdle     = 5 * time.Second
	keepaliveInterval = 3 * time.Second
	keepaliveProbes   = 3
)

// Config is the database to connect to and the size of the pool.
type Config struct {
	// URL is a postgres:// URL or a keyword/value string. A statement_timeout,
	// lock_timeout, idle_in_transaction_session_timeout, timezone,
	// application_name or connect_timeout in it overrides ours; with an empty value
	// (statement_timeout=) the connection does not send the parameter. When the URL
	// has a statement_timeout, only the caller's context bounds the wait for a
	// response. See Pooled for the URL of a PgBouncer.
	URL string

	MaxConns       int32         // 0: 20
	MinConns       int32         // stay open while idle
	AcquireTimeout time.Duration // longest wait for a connection; 0: 3 s
	IdleTimeout    time.Duration // 0: 10 min
	MaxLifetime    time.Duration // 0: 30 min

	// Tracer, when set, is called for every query, batch and connection attempt.
	Tracer pgx.QueryTracer
}

// withDefaults replaces zero values by the defaults.
func (c Config) withDefaults() Config {
	if c.MaxConns <= 0 {
		c.MaxConns = 20
	}
	if c.AcquireTimeout <= 0 {
		c.AcquireTimeout = 3 * time.Second
	}
	if c.IdleTimeout <= 0 {
		c.IdleTimeout = 10 * time.Minute
	}
	if c.MaxLifetime <= 0 {
		c.MaxLifetime = 30 * time.Minute
	}
	return c
}

// pool returns the configuration for pgxpool.
func (c Config) pool() (*pgxpool.Config, error) {
	pool, err := pgxpool.ParseConfig(c.URL)
	if err != nil {
		return nil, withoutURL(err)
	}
	pool.MaxConns = c.MaxConns
	pool.MinConns = min(c.MinConns, c.MaxConns)
	pool.MaxConnIdleTime = c.IdleTimeout
	pool.MaxConnLifetime = c.MaxLifetime
	// Connections that were opened together should not all be replaced together.
	pool.MaxConnLifetimeJitter = c.MaxLifetime / 10
	// A request that acquires a broken connection loses one second, not its whole
	// AcquireTimeout.
	pool.PingTimeout = time.Second
	pool.AfterConnect = registerTypes
	tuneConn(&pool.ConnConfig.Config)
	setParams(pool.ConnConfig.RuntimeParams, map[string]string{"timezone": "UTC", "datestyle": "ISO", "application_name": "stoa"})
	if !pooled(pool.ConnConfig) {
		setParams(pool.ConnConfig.RuntimeParams, directParams)
	}
	return pool, nil
}

// Pooled reports whether the URL is that of a pooler, such as PgBouncer, which
// assigns a server connection to each transaction. The URL of a pooler must have a
// default_query_exec_mode without prepared statements: cache_describe, exec or
// simple_protocol. The last two know no types of parameters, so JSON is passed as text.
// Other session state does not outlive a transaction there either: no LISTEN, no
// advisory lock of a session.
func Pooled(url string) bool {
	config, err := pgx.ParseConfig(url)
	return err == nil && pooled(config)
}

func pooled(config *pgx.ConnConfig) bool {
	return config.DefaultQueryExecMode != pgx.QueryExecModeCacheStatement
}

// tuneConn sets the timeout of the connection attempt and enables keepalive.
func tuneConn(c *pgconn.Config) {
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = connectTimeout
	}
	dialer := &net.Dialer{
		Timeout: c.ConnectTimeout,
		KeepAliveConfig: net.KeepAliveConfig{
			Enable: true, Idle: keepaliveIdle, Interval: keepaliveInterval, Count: keepaliveProbes,
		},
	}
	c.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dialer.DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return closeDeadlineConn{conn}, nil
	}
}

// closeTimeout is how long a connection that is being closed may wait for the
// server. pgx waits 15 s, and the connection counts in the pool meanwhile: when the
// server does not respond, broken connections would fill the pool, and no working
// ones could be opened.
const closeTimeout = 2 * time.Second

// closeDeadlineConn is a connection with deadlines at most closeTimeout away.
// pgx sets a deadline in the future only when it closes a connection; a context
// that ends sets one in the past.
type closeDeadlineConn struct{ net.Conn }

// SetDeadline implements net.Conn.
func (c closeDeadlineConn) SetDeadline(t time.Time) error {
	if latest := time.Now().Add(closeTimeout); t.After(latest) {
		t = latest
	}
	return c.Conn.SetDeadline(t)
}

// setParams adds the default parameters that the URL does not contain, directly or
// in its options. It removes those parameters that have an empty value in the URL.
func setParams(params, defaults map[string]string) {
	for name, value := range defaults {
		given, ok := params[name]
		switch {
		case ok && given == "":
			delete(params, name)
		case !ok && !strings.Contains(params["options"], name):
			params[name] = value
		}
	}
}

// hasTimeout reports whether the URL has a statement_timeout that differs from ours.
// An empty one, which leaves the timeout to a PgBouncer, does not count.
func hasTimeout(params map[string]string) bool {
	given, ok := params["statement_timeout"]
	return ok && given != statementTimeout || strings.Contains(params["options"], "statement_timeout")
}

// withoutURL returns the reason of a URL's error without the URL: it contains a
// password, and the error is logged.
func withoutURL(err error) error { return fmt.Errorf("pg: malformed database URL: %w", reasonOf(err)) }
