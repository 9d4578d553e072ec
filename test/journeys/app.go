// Package journeys boots the real binary and walks through it as a person with
// a browser, as a program with tokens, and as an operator with a shell. It
// knows the program only by its contract: paths, fields, settings, signals.
package journeys

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"stoa/platform/freeport"
	"stoa/platform/pg/pgtest"
	"stoa/platform/pg/server"
	"stoa/platform/waittest"
)

// App is a running server with a database of its own.
type App struct {
	*Process
	Base  string // the public address
	Env   Env    // what it was started with
	owner string // DSN of the role that owns the tables
	addr  string // where it really listens
	dir   string
	http  *http.Transport
}

// wide takes the limits out of the way of tests that are about something else.
var wide = Env{
	"LIMIT_LOGIN": "100000/1m", "LIMIT_ACCOUNT": "100000/1h", "LIMIT_REGISTER": "100000/1h",
	"LIMIT_MAIL_ACCOUNT": "100000/1h", "LIMIT_MAIL_IP": "100000/1h",
	"LIMIT_REFRESH": "100000/1m", "LIMIT_API": "100000/1m",
}

// Wide returns settings with limits that no test reaches.
func Wide() Env { return wide.with() }

// Start starts a server on a fresh database and stops it when the test ends,
// which fails unless the exit status is 0 and the log clean. Settings that no
// env names are those of the contract; limits included.
func Start(t testing.TB, env ...Env) *App {
	t.Helper()
	db := pgtest.New(t)
	return StartOn(t, server.URLs{App: db.App, Owner: db.Owner}, env...)
}

// StartOn is Start on a database that the test brings.
func StartOn(t testing.TB, db server.URLs, env ...Env) *App {
	t.Helper()
	a, err := serve(t.TempDir(), db.Owner, defaults(db.App, db.Owner).with(env...))
	if err != nil {
		t.Fatal(err)
	}
	stopWith(t, a)
	return a
}

// On returns an App that only has a database, to look into it.
func On(db server.URLs) *App { return &App{owner: db.Owner} }

// stopWith stops the server when the test ends and fails the test when the end
// or the log is not as it should be.
func stopWith(t testing.TB, a *App) {
	t.Cleanup(func() {
		if err := a.Stop(); err != nil {
			t.Error(err)
		}
	})
}

// Replica starts a second process beside a: the same settings, database and
// public address on another port. It ends with the test as Start's does.
func (a *App) Replica(t testing.TB) *App {
	t.Helper()
	b, err := serve(t.TempDir(), a.owner, a.Env)
	if err != nil {
		t.Fatal(err)
	}
	stopWith(t, b)
	return b
}

// Restart stops a replica as an operator does and starts it in its place.
func (a *App) Restart(t testing.TB) {
	t.Helper()
	a.Signal(t, syscall.SIGTERM)
	if status, err := a.Wait(patience); err != nil || status != 0 {
		t.Fatalf("exit status %d, %v; want 0", status, err)
	}
	if faults := a.Log.faults(); len(faults) > 0 {
		t.Errorf("the log of the stopped replica has %q", faults)
	}
	a.Again(t)
}

// Addr returns where the server itself listens, also behind a proxy.
func (a *App) Addr() string { return a.addr }

// Again starts a replica that has ended in its place; the clients go on as
// before, through a proxy too.
func (a *App) Again(t testing.TB) {
	t.Helper()
	_, port, _ := strings.Cut(a.addr, ":")
	next, err := serveAt(port, t.TempDir(), a.owner, a.Env)
	if err != nil {
		t.Fatal(err)
	}
	a.Process = next.Process
}

// Stop ends the server and returns what was wrong with its end or its log. A
// second call finds nothing more to do.
func (a *App) Stop() error {
	if a.Process == nil {
		return nil
	}
	a.http.CloseIdleConnections()
	defer func() { a.Process = nil }()
	return a.Process.stop()
}

func defaults(app, owner string) Env {
	key := make([]byte, 32)
	rand.Read(key)
	return Env{
		"DATABASE_URL": app, "DATABASE_OWNER_URL": owner,
		"SECRET_KEY": base64.StdEncoding.EncodeToString(key),
		"LOG_FORMAT": "json", "BCRYPT_COST": "10",
		// Tests give each client an address of its own.
		"TRUSTED_PROXIES": "127.0.0.1/32",
		"DB_MAX_CONNS":    "8", "DB_MIN_CONNS": "1", "LOG_LEVEL": "debug",
	}
}

// serve starts `stoa serve` on a free port and waits until it is healthy.
func serve(dir, owner string, env Env) (*App, error) {
	port, err := freeport.Get()
	if err != nil {
		return nil, err
	}
	return serveAt(port, dir, owner, env)
}

func serveAt(port, dir, owner string, env Env) (*App, error) {
	binary, err := build()
	if err != nil {
		return nil, err
	}
	return serveBy(binary, port, dir, owner, env)
}

// serveBy is serveAt by a binary of another version.
func serveBy(binary, port, dir, owner string, env Env) (*App, error) {
	var err error
	base := env["BASE_URL"]
	if base == "" {
		base = "http://localhost:" + port
	}
	a := &App{Base: base, owner: owner, addr: "127.0.0.1:" + port, dir: dir}
	// A replica overrides these again with a port and a directory of its own.
	a.Env = env.mailed().with(Env{"BASE_URL": base})
	a.Process, err = begin(binary, dir, a.Env.with(Env{"PORT": port, "DATA_DIR": dir}), nil, "serve")
	if err != nil {
		return nil, err
	}
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, a.addr)
	}
	a.http = &http.Transport{
		DialContext:         dial,
		DialTLSContext:      dial, // with an https address, as if a proxy had ended TLS
		DisableCompression:  true, // tests ask for it where it matters
		MaxIdleConnsPerHost: 64,
	}
	if !waittest.Within(patience, func() bool { return a.Ended() || a.healthy() }) || a.Ended() {
		a.cmd.Process.Kill()
		return nil, fmt.Errorf("the server does not become healthy:\n%s", a.Log.end())
	}
	return a, nil
}

func (a *App) healthy() bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+a.addr+"/health", nil)
	if err != nil {
		return false
	}
	res, err := a.http.RoundTrip(req)
	if err != nil {
		return false
	}
	res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// Exec changes rows as their owner, which is how tests make time pass, and
// returns how many there were.
func (a *App) Exec(t testing.TB, sql string, args ...any) int64 {
	t.Helper()
	conn := a.connect(t)
	defer conn.Close(context.Background())
	tag, err := conn.Exec(context.Background(), sql, args...)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return tag.RowsAffected()
}

// Hold runs a statement as the owner in a transaction that stays open, with the
// locks it took, until the returned function is called.
func (a *App) Hold(t testing.TB, sql string, args ...any) (release func()) {
	t.Helper()
	conn := a.connect(t)
	release = func() { conn.Close(context.Background()) }
	t.Cleanup(release)
	tx, err := conn.Begin(context.Background())
	if err == nil {
		_, err = tx.Exec(context.Background(), sql, args...)
	}
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return release
}

// Ask returns the one value that a query finds.
func Ask[T any](t testing.TB, a *App, sql string, args ...any) T {
	t.Helper()
	conn := a.connect(t)
	defer conn.Close(context.Background())
	var value T
	if err := conn.QueryRow(context.Background(), sql, args...).Scan(&value); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return value
}

func (a *App) connect(t testing.TB) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), a.owner)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}
