package rig

import (
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"stoa/platform/pg/pgtest"
	"stoa/platform/pgserver"
)

// FaultProxy is a proxy between a server and its database. It can refuse
// connections, delay or stall them, or drop their packets silently.
type FaultProxy struct {
	listener  net.Listener
	network   string // of the database: unix or tcp
	addr      string
	mu        sync.Mutex
	shut      bool
	flows     chan struct{} // closed while bytes are forwarded
	open      map[net.Conn]bool
	forgotten map[net.Conn]bool
	givenUp   bool // the server closed a forgotten connection
	delay     time.Duration
}

// StartBehindFaultProxy is Start with a fault proxy before the database.
func StartBehindFaultProxy(t testing.TB, env ...Env) (*App, *FaultProxy) {
	t.Helper()
	db := pgtest.New(t)
	v, dsn := NewFaultProxy(t, db.App)
	return StartOn(t, pgserver.URLs{App: dsn, Owner: db.Owner}, env...), v
}

// NewFaultProxy starts a fault proxy before a database and returns the DSN of the
// proxy.
func NewFaultProxy(t testing.TB, dsn string) (*FaultProxy, string) {
	t.Helper()
	v := &FaultProxy{flows: make(chan struct{}), open: map[net.Conn]bool{}, forgotten: map[net.Conn]bool{}}
	close(v.flows)
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

func (v *FaultProxy) accept() {
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

func (v *FaultProxy) keep(conns ...net.Conn) bool {
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

func (v *FaultProxy) flow(to, from net.Conn) {
	_, _ = io.Copy(passage{v, to}, from) // either end may close at any time
	to.Close()
	from.Close()
	v.mu.Lock()
	defer v.mu.Unlock()
	v.givenUp = v.givenUp || v.forgotten[from]
	delete(v.open, from)
	delete(v.forgotten, from)
}

// passage is one direction of one connection.
type passage struct {
	proxy *FaultProxy
	to    net.Conn
}

// Write forwards bytes. It blocks while the proxy is held, and discards the bytes
// of a forgotten connection.
func (p passage) Write(b []byte) (int, error) {
	p.proxy.mu.Lock()
	flows, forgotten, delay := p.proxy.flows, p.proxy.forgotten[p.to], p.proxy.delay
	p.proxy.mu.Unlock()
	if forgotten {
		return len(b), nil
	}
	<-time.After(delay)
	<-flows
	return p.to.Write(b)
}

// Delay makes each round trip take that much longer, as a distant database does.
func (v *FaultProxy) Delay(roundTrip time.Duration) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.delay = roundTrip / 2
}

// Hold stalls all bytes until Open, as a hanging server or network does.
// Connections are still accepted.
func (v *FaultProxy) Hold() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.flows = make(chan struct{})
}

// Forget discards all bytes of the current connections, as a router does that has
// lost their state: they stay open and receive nothing. New connections work.
func (v *FaultProxy) Forget() {
	v.mu.Lock()
	defer v.mu.Unlock()
	for c := range v.open {
		v.forgotten[c] = true
	}
}

// GivenUp reports whether the server has closed a forgotten connection.
func (v *FaultProxy) GivenUp() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.givenUp
}

// Shut closes every connection and refuses new ones.
func (v *FaultProxy) Shut() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.shut = true
	for c := range v.open {
		c.Close()
		delete(v.open, c)
	}
}

// Open accepts connections and forwards bytes again.
func (v *FaultProxy) Open() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.shut = false
	select {
	case <-v.flows:
	default:
		close(v.flows)
	}
}
