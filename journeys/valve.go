package journeys

import (
	"io"
	"net"
	"net/url"
	"sync"
	"testing"

	"stoa/platform/pg/pgtest"
)

// Valve stands between a server and its database, and can be shut.
type Valve struct {
	listener net.Listener
	network  string // of the database: unix or tcp
	addr     string
	mu       sync.Mutex
	shut     bool
	open     map[net.Conn]bool
}

// StartBehindValve is Start with a valve before the database.
func StartBehindValve(t testing.TB, env ...Env) (*App, *Valve) {
	t.Helper()
	db := pgtest.New(t)
	v, dsn := newValve(t, db.App)
	a, err := serve(t.TempDir(), db.Owner, defaults(dsn, db.Owner).with(env...))
	if err != nil {
		t.Fatal(err)
	}
	stopWith(t, a)
	return a, v
}

// newValve listens and returns the DSN that leads through the valve.
func newValve(t testing.TB, dsn string) (*Valve, string) {
	t.Helper()
	v := &Valve{open: map[net.Conn]bool{}}
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	v.network, v.addr = "tcp", u.Host
	if dir := query.Get("host"); dir != "" {
		port := query.Get("port")
		if port == "" {
			port = "5432"
		}
		v.network, v.addr = "unix", dir+"/.s.PGSQL."+port
	}
	if v.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.listener.Close() })
	go v.accept()
	query.Del("host")
	query.Del("port")
	query.Set("sslmode", "disable")
	u.Host, u.RawQuery = v.listener.Addr().String(), query.Encode()
	return v, u.String()
}

func (v *Valve) accept() {
	for {
		client, err := v.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial(v.network, v.addr)
		if err != nil || !v.keep(client, server) {
			client.Close()
			continue
		}
		go v.flow(client, server)
		go v.flow(server, client)
	}
}

func (v *Valve) keep(conns ...net.Conn) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, c := range conns {
		if v.shut {
			c.Close()
			continue
		}
		v.open[c] = true
	}
	return !v.shut
}

func (v *Valve) flow(to, from net.Conn) {
	_, _ = io.Copy(to, from) // either end may go at any time; that is what it is for
	to.Close()
	from.Close()
}

// Shut cuts every connection and refuses new ones.
func (v *Valve) Shut() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.shut = true
	for c := range v.open {
		c.Close()
		delete(v.open, c)
	}
}

// Open lets connections pass again.
func (v *Valve) Open() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.shut = false
}
