package pg_test

import (
	"math"
	"net"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"stoa/platform/pg"
	"stoa/platform/pg/pgtest"
	"stoa/platform/waittest"
)

// The client also ends a statement without a response, inside a transaction too,
// unless the URL has a statement_timeout.
func TestOpen_ResponseTimeout(t *testing.T) {
	t.Parallel()
	url := pgtest.New(t).App
	for name, tt := range map[string]struct {
		timeout string
		ends    bool
	}{"PgBouncer": {"", true}, "own": {"1min", false}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t, pg.Config{URL: with(t, url, "statement_timeout", tt.timeout), AcquireTimeout: time.Minute})
			err := db.Tx(t.Context(), func(tx *pg.Tx) error {
				_, err := tx.Exec(t.Context(), `SELECT pg_sleep(8)`)
				return err
			})
			if pg.Unavailable(err) != tt.ends || err != nil != tt.ends {
				t.Errorf("a statement of 8 s ends with %v, want a timeout: %v", err, tt.ends)
			}
			if err := db.Ping(t.Context()); err != nil {
				t.Errorf("Ping() after the timeout = %v", err)
			}
		})
	}
}

// A broken connection is replaced in the pool long before pgx stops waiting for
// the server to close it.
func TestDB_ReplacesHalfOpenConnection(t *testing.T) {
	t.Parallel()
	proxy := newLossyProxy(t, pgtest.New(t).App)
	db := open(t, pg.Config{URL: proxy.url, MaxConns: 1, AcquireTimeout: 10 * time.Second})
	run(t, db, `SELECT`)
	proxy.lost.Store(1)
	if _, err := db.Exec(t.Context(), `SELECT`); !pg.Unavailable(err) {
		t.Fatalf("Exec() on a half-open connection = %v, want an Unavailable error", err)
	}
	run(t, db, `SELECT`)
}

// When the server responds to no statement and no connection attempt, waiting
// requests are refused, new ones are refused immediately, and requests succeed when
// the server responds again.
func TestDB_StalledServerOpensBreaker(t *testing.T) {
	t.Parallel()
	proxy := newLossyProxy(t, pgtest.New(t).App)
	db := open(t, pg.Config{URL: proxy.url, MaxConns: 2, AcquireTimeout: time.Minute})
	run(t, db, `SELECT`)
	proxy.lost.Store(math.MaxInt32)
	for range 3 { // one more than there are connections
		go func() { _, _ = db.Exec(t.Context(), `SELECT`) }() // the result does not matter
	}
	waittest.Until(t, "an immediate refusal", func() bool {
		err := db.Ping(t.Context())
		if !pg.Unavailable(err) {
			t.Fatalf("Ping() of a silent server = %v, want an Unavailable error", err)
		}
		return strings.Contains(err.Error(), "does not respond")
	})
	proxy.lost.Store(0)
	waittest.Until(t, "a response of the server", func() bool { return db.Ping(t.Context()) == nil })
}

// One slow statement does not open the breaker, even without any other statement.
func TestDB_SlowStatementDoesNotOpenBreaker(t *testing.T) {
	t.Parallel()
	run(t, pgtest.New(t).DB, `SELECT pg_sleep(4)`)
}

// lossyProxy is a TCP proxy to a server. It discards all data of its first
// connections, as many as the field lost, and keeps them open. Later ones work.
type lossyProxy struct {
	net.Listener
	url  string // of the server through the proxy
	lost atomic.Int32
}

func newLossyProxy(t *testing.T, dsn string) *lossyProxy {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	if u.Host != "" {
		t.Skip("the server of TEST_DATABASE_URL has no unix socket")
	}
	socket := u.Query().Get("host") + "/.s.PGSQL." + u.Query().Get("port")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	u.Host, u.RawQuery = listener.Addr().String(), "sslmode=disable"
	p := &lossyProxy{Listener: listener, url: u.String()}
	go p.accept(socket)
	return p
}

func (p *lossyProxy) accept(socket string) {
	for n := int32(0); ; n++ {
		client, err := p.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("unix", socket)
		if err != nil {
			client.Close()
			continue
		}
		go p.pass(server, client, n)
		go p.pass(client, server, n)
	}
}

func (p *lossyProxy) pass(to, from net.Conn, n int32) {
	defer to.Close()
	b := make([]byte, 4096)
	for {
		size, err := from.Read(b)
		if err != nil {
			return
		}
		if n < p.lost.Load() {
			continue
		}
		if _, err := to.Write(b[:size]); err != nil {
			return
		}
	}
}
