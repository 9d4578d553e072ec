package pg

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// How long one statement, one lock and one idle transaction may last, in
// PostgreSQL's units. A request must end within 5 s even when somebody else
// holds what it needs, and a forgotten transaction must not hold back vacuum.
const (
	statementTimeout = "5s"
	lockTimeout      = "3s"
	idleInTxTimeout  = "10s"
)

// A server that does not answer a connection attempt within connectTimeout is
// away. A peer that vanished without a word is found by keepalive after
// keepaliveIdle + keepaliveProbes × keepaliveInterval = 14 s.
const (
	connectTimeout    = 3 * time.Second
	keepaliveIdle     = 5 * time.Second
	keepaliveInterval = 3 * time.Second
	keepaliveProbes   = 3
)

// Config says which database to use, and how many connections of it.
type Config struct {
	// URL is a postgres:// URL or a keyword/value string. A statement_timeout,
	// lock_timeout, idle_in_transaction_session_timeout, timezone,
	// application_name or connect_timeout in it wins over ours; an empty value
	// (statement_timeout=) keeps the parameter out of the connection's start. With
	// a statement_timeout of the URL's own nothing but the caller's context bounds
	// the wait for an answer. See Pooled for a URL that leads to a PgBouncer.
	URL string

	MaxConns       int32         // 0: 20
	MinConns       int32         // kept open while idle
	AcquireTimeout time.Duration // longest wait for a free connection; 0: 3 s
	IdleTimeout    time.Duration // 0: 10 min
	MaxLifetime    time.Duration // 0: 30 min

	// Tracer, when set, is told of every query, batch and connection attempt.
	Tracer pgx.QueryTracer
}

// withDefaults fills in what was left at zero.
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

// pool turns the configuration into pgxpool's.
func (c Config) pool() (*pgxpool.Config, error) {
	pool, err := pgxpool.ParseConfig(c.URL)
	if err != nil {
		return nil, withoutURL(err)
	}
	pool.MaxConns = c.MaxConns
	pool.MinConns = min(c.MinConns, c.MaxConns)
	pool.MaxConnIdleTime = c.IdleTimeout
	pool.MaxConnLifetime = c.MaxLifetime
	// Connections that were opened together need not all be replaced together.
	pool.MaxConnLifetimeJitter = c.MaxLifetime / 10
	// A dead connection in the pool costs its finder a second, not the whole
	// time that it may wait.
	pool.PingTimeout = time.Second
	pool.AfterConnect = registerTypes
	tuneConn(&pool.ConnConfig.Config)
	setParams(pool.ConnConfig.RuntimeParams, map[string]string{"timezone": "UTC", "application_name": "stoa"})
	if !pooled(pool.ConnConfig) { // a pooler refuses these, and brings its own; see CheckTimeouts
		setParams(pool.ConnConfig.RuntimeParams, map[string]string{
			"statement_timeout":                   statementTimeout,
			"lock_timeout":                        lockTimeout,
			"idle_in_transaction_session_timeout": idleInTxTimeout,
		})
	}
	return pool, nil
}

// Pooled reports whether the URL leads to a pooler, such as PgBouncer, that
// gives a server connection away with each transaction: it says so by a
// default_query_exec_mode (cache_describe) that keeps no prepared statements
// there. Nothing else of a session lasts there either: no LISTEN, no lock.
func Pooled(url string) bool {
	config, err := pgx.ParseConfig(url)
	return err == nil && pooled(config)
}

func pooled(config *pgx.ConnConfig) bool {
	return config.DefaultQueryExecMode != pgx.QueryExecModeCacheStatement
}

// tuneConn bounds the connection attempt and turns keepalive on.
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

// closeTimeout is how long a connection that is given up may wait for the server's
// last words. pgx gives it 15 s, in which it keeps its place in the pool: with
// a server that is silent, a pool of connections that lead nowhere would keep
// out those that lead somewhere.
const closeTimeout = 2 * time.Second

// closeDeadlineConn is a connection of which no deadline is further away than farewell. A
// context that ends sets one in the past; the last words are all that pgx ever
// sets one in the future for.
type closeDeadlineConn struct{ net.Conn }

// SetDeadline implements net.Conn.
func (c closeDeadlineConn) SetDeadline(t time.Time) error {
	if latest := time.Now().Add(closeTimeout); t.After(latest) {
		t = latest
	}
	return c.Conn.SetDeadline(t)
}

// setParams adds the parameters that the URL does not speak of, directly or
// in its options, and drops those that it names with an empty value.
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

// hasTimeout reports whether the URL lets statements take another time than
// ours. One that leaves the time to a PgBouncer does not.
func hasTimeout(params map[string]string) bool {
	given, ok := params["statement_timeout"]
	return ok && given != statementTimeout || strings.Contains(params["options"], "statement_timeout")
}

// withoutURL returns what is wrong with a URL and leaves the URL out, because
// it holds a password and this error goes to the log.
func withoutURL(err error) error {
	var parse *pgconn.ParseConfigError
	if !errors.As(err, &parse) {
		return errors.New("pg: malformed database URL")
	}
	_, reason, _ := strings.Cut(err.Error(), "`: ")
	return fmt.Errorf("pg: malformed database URL: %s", reason)
}
