package pg_test

import (
	"net"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"stoa/platform/pg"
	"stoa/platform/pg/pgtest"
)

// A statement whose answer does not come ends on our side too, in a
// transaction as well, unless the URL gives statements their time.
func TestOpen_WaitForAnAnswerHasAnEnd(t *testing.T) {
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
				t.Errorf("a statement of 8 s ends with %v, want it cut off: %v", err, tt.ends)
			}
			if err := db.Ping(t.Context()); err != nil {
				t.Errorf("Ping() afterwards = %v", err)
			}
		})
	}
}

// A connection that leads nowhere any more gives its place in the pool to one
// that does, long before pgx has given up its last words.
func TestDB_HalfOpenConnectionKeepsNoPlace(t *testing.T) {
	t.Parallel()
	u, err := url.Parse(pgtest.New(t).App)
	if err != nil {
		t.Fatal(err)
	}
	if u.Host != "" {
		t.Skip("the server of TEST_DATABASE_URL is not reached by a unix socket")
	}
	way := newWay(t, u.Query().Get("host")+"/.s.PGSQL."+u.Query().Get("port"))
	u.Host, u.RawQuery = way.Addr().String(), "sslmode=disable"
	db := open(t, pg.Config{URL: u.String(), MaxConns: 1, AcquireTimeout: 10 * time.Second})
	run(t, db, `SELECT`)
	way.lost.Store(true)
	if _, err := db.Exec(t.Context(), `SELECT`); !pg.Unavailable(err) {
		t.Fatalf("Exec() on a half-open connection = %v, want something Unavailable", err)
	}
	run(t, db, `SELECT`)
}

// way is a way to a server by TCP. Once lost is set, it loses what is sent on
// the first connection; later ones are fine.
type way struct {
	net.Listener
	lost atomic.Bool
}

func newWay(t *testing.T, socket string) *way {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	w := &way{Listener: listener}
	go func() {
		for first := true; ; first = false {
			client, err := w.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("unix", socket)
			if err != nil {
				client.Close()
				continue
			}
			go w.pass(server, client, first)
			go w.pass(client, server, first)
		}
	}()
	return w
}

func (w *way) pass(to, from net.Conn, first bool) {
	defer to.Close()
	b := make([]byte, 4096)
	for {
		n, err := from.Read(b)
		if err != nil {
			return
		}
		if first && w.lost.Load() {
			continue
		}
		if _, err := to.Write(b[:n]); err != nil {
			return
		}
	}
}
