package pg_test

import (
	"context"
	"net"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"stoa/platform/pg"
	"stoa/platform/pg/pgtest"
	"stoa/platform/waittest"
)

// open opens a pool and closes it at the end of the test.
func open(t *testing.T, cfg pg.Config) *pg.DB {
	t.Helper()
	db, err := pg.Open(t.Context(), cfg)
	if err != nil {
		t.Fatalf("Open(%s) = %v", cfg.URL, err)
	}
	t.Cleanup(db.Close)
	return db
}

// with returns the URL with an additional parameter.
func with(t *testing.T, base, name, value string) string {
	t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	u.RawQuery += "&" + name + "=" + strings.ReplaceAll(url.QueryEscape(value), "+", "%20")
	return u.String()
}

// queryText returns the text that a query returns.
func queryText(t *testing.T, db *pg.DB, sql string, args ...any) string {
	t.Helper()
	var text string
	if err := db.QueryRow(t.Context(), sql, args...).Scan(&text); err != nil {
		t.Fatalf("QueryRow(%s) = %v", sql, err)
	}
	return text
}

// run runs a statement that must succeed.
func run(t *testing.T, db *pg.DB, sql string, args ...any) {
	t.Helper()
	if _, err := db.Exec(t.Context(), sql, args...); err != nil {
		t.Fatalf("Exec(%s) = %v", sql, err)
	}
}

func TestOpen_MalformedURLErrorHidesPassword(t *testing.T) {
	for _, url := range []string{
		"postgres://stoa:hush@localhost:port/stoa",
		"postgres://stoa:hush@localhost/stoa?sslmode=perhaps",
		"postgres://stoa:hu%zzsh@localhost/stoa",
		"host=localhost password=hush sslmode=perhaps",
		"nonsense hush",
	} {
		_, err := pg.Open(t.Context(), pg.Config{URL: url})
		if err == nil {
			t.Fatalf("Open(%s) = nil, want an error", url)
		}
		if strings.Contains(err.Error(), "hu") {
			t.Fatalf("Open(%s) = %v, which contains the password", url, err)
		}
	}
}

func TestOpen_SessionSettings(t *testing.T) {
	db := pgtest.New(t)
	for _, tc := range []struct{ param, value, setting, want string }{
		{"", "", "statement_timeout", "5s"},
		{"", "", "lock_timeout", "3s"},
		{"", "", "idle_in_transaction_session_timeout", "10s"},
		{"", "", "timezone", "UTC"},
		{"", "", "application_name", "stoa"},
		{"statement_timeout", "7s", "statement_timeout", "7s"},
		{"options", "-c statement_timeout=8s", "statement_timeout", "8s"},
		{"options", "-c statement_timeout=8s", "lock_timeout", "3s"},
		{"lock_timeout", "", "lock_timeout", "0"},
	} {
		url := db.App
		if tc.param != "" {
			url = with(t, url, tc.param, tc.value)
		}
		pool := open(t, pg.Config{URL: url})
		if got := queryText(t, pool, `SELECT current_setting($1)`, tc.setting); got != tc.want {
			t.Errorf("%s with %s=%q is %s, want %s", tc.setting, tc.param, tc.value, got, tc.want)
		}
	}
}

func TestOpen_ServerDown(t *testing.T) {
	db := open(t, pg.Config{URL: "postgres://stoa@/stoa?host=/nonexistent", MinConns: 2})
	if err := db.Ping(t.Context()); !pg.Unavailable(err) {
		t.Fatalf("Ping() = %v, want an Unavailable error", err)
	}
}

// While the server is down, few requests open connections, so that it can recover.
func TestDB_ServerDownFewConnectionAttempts(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	var attempts atomic.Int64
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			attempts.Add(1)
			conn.Close()
		}
	}()
	db := open(t, pg.Config{URL: "postgres://stoa@" + listener.Addr().String() + "/stoa?sslmode=disable"})
	requests := 0
	for begun := time.Now(); time.Since(begun) < 250*time.Millisecond; requests++ {
		if err := db.Ping(t.Context()); !pg.Unavailable(err) {
			t.Fatalf("Ping() = %v, want an Unavailable error", err)
		}
	}
	if got := int(attempts.Load()); got < 1 || got > 12 {
		t.Fatalf("%d requests in 250 ms made %d attempts to connect, want a few", requests, got)
	}
}

// A server that accepts connections and never responds counts as down.
func TestExec_SilentServer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	db, err := pg.Open(t.Context(), pg.Config{
		URL:            "postgres://stoa@" + listener.Addr().String() + "/stoa?connect_timeout=1",
		AcquireTimeout: 50 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err = db.Exec(t.Context(), `SELECT`); !pg.Unavailable(err) {
		t.Fatalf("Exec() = %v, want an Unavailable error", err)
	}
}

func TestDB_PoolExhausted(t *testing.T) {
	db := open(t, pg.Config{URL: pgtest.New(t).App, MaxConns: 1, AcquireTimeout: 50 * time.Millisecond})
	ctx := t.Context()
	var held pgx.Rows
	waittest.Until(t, "a connection", func() bool {
		var err error
		held, err = db.Query(ctx, `SELECT generate_series(1, 3)`)
		return err == nil
	})
	_, execErr := db.Exec(ctx, `SELECT`)
	_, queryErr := db.Query(ctx, `SELECT`)
	for name, err := range map[string]error{
		"Exec": execErr, "Query": queryErr,
		"QueryRow": db.QueryRow(ctx, `SELECT 1`).Scan(new(int)),
		"Tx":       db.Tx(ctx, func(*pg.Tx) error { return nil }),
		"Ping":     db.Ping(ctx),
	} {
		if !pg.Unavailable(err) || !strings.Contains(err.Error(), "no connection within 50ms") {
			t.Errorf("%s with an exhausted pool = %v", name, err)
		}
	}
	held.Close()
	waittest.Until(t, "the connection", func() bool { return db.Ping(ctx) == nil })
}

// The error for a request's deadline is not that of the pool.
func TestDB_RequestDeadline(t *testing.T) {
	db := open(t, pg.Config{URL: pgtest.New(t).App})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	_, err := db.Exec(ctx, `SELECT pg_sleep(5)`)
	if !pg.Unavailable(err) || strings.Contains(err.Error(), "no connection") {
		t.Fatalf("Exec() after the deadline = %v", err)
	}
}

// Each of these ways to read a result releases the connection: the pool has only one.
func TestDB_ReleasesConnections(t *testing.T) {
	db := open(t, pg.Config{URL: pgtest.New(t).App, MaxConns: 1, AcquireTimeout: 10 * time.Second})
	ctx := t.Context()
	query := func(sql string) pgx.Rows {
		rows, err := db.Query(ctx, sql)
		if err != nil {
			t.Fatalf("Query(%s) = %v", sql, err)
		}
		return rows
	}
	for name, use := range map[string]func(){
		"read to the end": func() {
			for rows := query(`SELECT generate_series(1, 3)`); rows.Next(); {
			}
		},
		"closed early":      func() { rows := query(`SELECT generate_series(1, 3)`); rows.Next(); rows.Close(); rows.Close() },
		"scan refused":      func() { rows := query(`SELECT 'x'`); rows.Next(); _ = rows.Scan(new(int)) },
		"values":            func() { rows := query(`SELECT 1`); rows.Next(); _, _ = rows.Values(); rows.Close() },
		"query refused":     func() { _, _ = db.Query(ctx, `SELECT nonsense`) },
		"error while read":  func() { _, _ = pgx.CollectRows(query(`SELECT 1 / (2 - generate_series(1, 3))`), pgx.RowTo[int]) },
		"row scanned":       func() { _ = db.QueryRow(ctx, `SELECT 1`).Scan(new(int)) },
		"row scan refused":  func() { _ = db.QueryRow(ctx, `SELECT 'x'`).Scan(new(int)) },
		"row scan panicked": func() { defer func() { _ = recover() }(); _ = db.QueryRow(ctx, `SELECT 1`).Scan(panicScanner{}) },
		"no row":            func() { _ = db.QueryRow(ctx, `SELECT WHERE false`).Scan() },
		"statement refused": func() { _, _ = db.Exec(ctx, `nonsense`) },
		"batch":             func() { _ = db.Batch(ctx, execute(`SELECT`), execute(`SELECT`)) },
		"batch refused":     func() { _ = db.Batch(ctx, execute(`SELECT`), execute(`nonsense`)) },
		"batch panicked": func() {
			defer func() { _ = recover() }()
			_ = db.Batch(ctx, execute(`SELECT`), func(s *pg.Statement) error { return s.QueryRow(ctx, `SELECT 1`).Scan(panicScanner{}) })
		},
	} {
		use()
		if err := db.Ping(ctx); err != nil {
			t.Fatalf("after %q the pool has no free connection: %v", name, err)
		}
	}
}

type panicScanner struct{}

func (panicScanner) Scan(any) error { panic("scan") }

func TestDB_TimesAreUTC(t *testing.T) {
	db := pgtest.DB(t)
	var at time.Time
	if err := db.QueryRow(t.Context(), `SELECT '2026-01-02 03:04:05+02'::timestamptz`).Scan(&at); err != nil {
		t.Fatal(err)
	}
	if want := time.Date(2026, 1, 2, 1, 4, 5, 0, time.UTC); at != want {
		t.Fatalf("a timestamptz is %v, want %v", at, want)
	}
}

type countingTracer struct{ queries, batches int }

func (c *countingTracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	c.queries++
	return ctx
}
func (c *countingTracer) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (c *countingTracer) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	c.batches++
	return ctx
}
func (c *countingTracer) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {
	c.queries++
}
func (c *countingTracer) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

func TestConfig_Tracer(t *testing.T) {
	tracer := &countingTracer{}
	db := open(t, pg.Config{URL: pgtest.New(t).App, Tracer: tracer})
	run(t, db, `SELECT`)
	run(t, db, `SELECT`)
	if tracer.queries != 2 {
		t.Fatalf("the tracer was called for %d queries, want 2", tracer.queries)
	}
}

func TestCheckRole(t *testing.T) {
	d := pgtest.New(t)
	facts, err := pg.CheckRole(t.Context(), d.DB)
	if err != nil {
		t.Fatal(err)
	}
	if facts.Name == "" || facts.Superuser || facts.BypassRLS || facts.Version < 15 || facts.Version > 99 {
		t.Fatalf("CheckRole() = %+v, want a role without special rights, on PostgreSQL 15 or newer", facts)
	}
	d.Close()
	if _, err := pg.CheckRole(t.Context(), d.DB); err == nil {
		t.Fatal("CheckRole on a closed pool = nil, want an error")
	}
}
