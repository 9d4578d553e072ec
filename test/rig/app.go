// Package rig boots the real binary and walks through it as a person with
// a browser, as a program with tokens, and as an operator with a shell. It
// knows the program only by its contract: paths, fields, settings, signals.
package rig

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
	"stoa/platform/pgserver"
	"stoa/platform/waittest"
)

// App is a running server with a database of its own.
type App struct {
	*Process
	Base  string // the public address
	Env   Env    // what it was started with
	Owner string // DSN of the role that owns the tables
	Addr  string // where it really listens
	Dir   string
	HTTP  *http.Transport
}

// Wide takes the limits out of the way of tests that are about something else.
var Wide = Env{
	"LIMIT_LOGIN": "100000/1m", "LIMIT_ACCOUNT": "100000/1h", "LIMIT_REGISTER": "100000/1h",
	"LIMIT_MAIL_ACCOUNT": "100000/1h", "LIMIT_MAIL_IP": "100000/1h",
	"LIMIT_REFRESH": "100000/1m", "LIMIT_API": "100000/1m",
}

// Start starts a server on a fresh database and stops it when the test ends,
// which fails unless the exit status is 0 and the log clean. Settings that no
// env names are those of the contract; limits included.
func Start(t testing.TB, env ...Env) *App {
	t.Helper()
	db := pgtest.New(t)
	return StartOn(t, pgserver.URLs{App: db.App, Owner: db.Owner}, env...)
}

// StartOn is Start on a database that the test brings.
func StartOn(t testing.TB, db pgserver.URLs, env ...Env) *App {
	t.Helper()
	a, err := Serve(t.TempDir(), db.Owner, Defaults(db.App, db.Owner).With(env...))
	if err != nil {
		t.Fatal(err)
	}
	StopWith(t, a)
	return a
}

// On returns an App that only has a database, to look into it.
func On(db pgserver.URLs) *App { return &App{Owner: db.Owner} }

// StopWith stops the server when the test ends and fails the test when the end
// or the log is not as it should be.
func StopWith(t testing.TB, a *App) {
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
	b, err := Serve(t.TempDir(), a.Owner, a.Env)
	if err != nil {
		t.Fatal(err)
	}
	StopWith(t, b)
	return b
}

// Restart stops a replica as an operator does and starts it in its place.
func (a *App) Restart(t testing.TB) {
	t.Helper()
	a.Signal(t, syscall.SIGTERM)
	if status, err := a.Wait(Patience); err != nil || status != 0 {
		t.Fatalf("exit status %d, %v; want 0", status, err)
	}
	if faults := a.Log.faults(); len(faults) > 0 {
		t.Errorf("the log of the stopped replica has %q", faults)
	}
	a.Again(t)
}

// Again starts a replica that has ended in its place; the clients go on as
// before, through a proxy too.
func (a *App) Again(t testing.TB) {
	t.Helper()
	_, port, _ := strings.Cut(a.Addr, ":")
	next, err := serveAt(port, t.TempDir(), a.Owner, a.Env)
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
	a.HTTP.CloseIdleConnections()
	defer func() { a.Process = nil }()
	return a.Process.stop()
}

func Defaults(app, owner string) Env {
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

// Serve starts `stoa serve` on a free port and waits until it is healthy.
func Serve(dir, owner string, env Env) (*App, error) {
	port, err := freeport.Get()
	if err != nil {
		return nil, err
	}
	return serveAt(port, dir, owner, env)
}

func serveAt(port, dir, owner string, env Env) (*App, error) {
	binary, err := Build()
	if err != nil {
		return nil, err
	}
	return ServeBy(binary, port, dir, owner, env)
}

// ServeBy is serveAt by a binary of another version.
func ServeBy(binary, port, dir, owner string, env Env) (*App, error) {
	var err error
	base := env["BASE_URL"]
	if base == "" {
		base = "http://localhost:" + port
	}
	a := &App{Base: base, Owner: owner, Addr: "127.0.0.1:" + port, Dir: dir}
	// A replica overrides these again with a port and a directory of its own.
	a.Env = env.Mailed().With(Env{"BASE_URL": base})
	a.Process, err = begin(binary, dir, a.Env.With(Env{"PORT": port, "DATA_DIR": dir}), nil, "serve")
	if err != nil {
		return nil, err
	}
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, a.Addr)
	}
	a.HTTP = &http.Transport{
		DialContext:         dial,
		DialTLSContext:      dial, // with an https address, as if a proxy had ended TLS
		DisableCompression:  true, // tests ask for it where it matters
		MaxIdleConnsPerHost: 64,
	}
	if !waittest.Within(Patience, func() bool { return a.Ended() || a.healthy() }) || a.Ended() {
		a.cmd.Process.Kill()
		return nil, fmt.Errorf("the server does not become healthy:\n%s", a.Log.End())
	}
	return a, nil
}

func (a *App) healthy() bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+a.Addr+"/health", nil)
	if err != nil {
		return false
	}
	res, err := a.HTTP.RoundTrip(req)
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
	conn := a.Connect(t)
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
	conn := a.Connect(t)
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
	conn := a.Connect(t)
	defer conn.Close(context.Background())
	var value T
	if err := conn.QueryRow(context.Background(), sql, args...).Scan(&value); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return value
}

func (a *App) Connect(t testing.TB) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), a.Owner)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}
