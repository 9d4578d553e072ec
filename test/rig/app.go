// Package rig starts the real binary with its database, proxies and mail servers,
// and has clients for it: a browser without JavaScript, an API client, a shell.
// It knows the program only by its contract: paths, fields, settings, signals.
package rig

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"stoa/platform/freeport"
	"stoa/platform/pg/pgtest"
	"stoa/platform/pgserver"
)

// App is a running server with a database of its own.
type App struct {
	*Process
	Base  string // the public URL
	Env   Env    // the settings that it was started with
	Owner string // DSN of the role that owns the tables
	Addr  string // the listen address, host:port
	Dir   string
	HTTP  *http.Transport
	Took  time.Duration // from the start of the process to its first 200
}

// Wide has limits that no test reaches, for tests that are about something else.
var Wide = Env{
	"LIMIT_LOGIN": "100000/1m", "LIMIT_ACCOUNT": "100000/1h", "LIMIT_REGISTER": "100000/1h",
	"LIMIT_MAIL_ACCOUNT": "100000/1h", "LIMIT_MAIL_IP": "100000/1h",
	"LIMIT_REFRESH": "100000/1m", "LIMIT_API": "100000/1m",
}

// Start starts a server on a new database and stops it when the test ends. The
// test fails unless the exit status is 0 and the log has no errors. Settings that
// env does not name have the contract's defaults, limits included.
func Start(t testing.TB, env ...Env) *App {
	t.Helper()
	db := pgtest.New(t)
	return StartOn(t, pgserver.URLs{App: db.App, Owner: db.Owner}, env...)
}

// StartOn is Start on a given database.
func StartOn(t testing.TB, db pgserver.URLs, env ...Env) *App {
	t.Helper()
	return StartBy(t, built(t), Defaults(db.App, db.Owner).With(env...))
}

// StartBy is StartOn for the binary of any version, with these settings alone.
func StartBy(t testing.TB, binary string, env Env) *App {
	t.Helper()
	port, err := freeport.Get()
	if err != nil {
		t.Fatal(err)
	}
	a, err := ServeBy(binary, port, t.TempDir(), env["DATABASE_OWNER_URL"], env)
	if err != nil {
		t.Fatal(err)
	}
	StopWith(t, a)
	return a
}

// On returns an App without a process, to query its database.
func On(db pgserver.URLs) *App { return &App{Owner: db.Owner} }

// StopWith stops the server when the test ends. The test fails unless the exit
// status is 0 and the log has no errors.
func StopWith(t testing.TB, a *App) {
	t.Cleanup(func() {
		if err := a.Stop(); err != nil {
			t.Error(err)
		}
	})
}

// Replica starts a second process with a's settings, database and public URL, on
// another port. It stops when the test ends, as with Start.
func (a *App) Replica(t testing.TB) *App {
	t.Helper()
	b, err := Serve(t.TempDir(), a.Owner, a.Env)
	if err != nil {
		t.Fatal(err)
	}
	StopWith(t, b)
	return b
}

// Restart stops a replica with SIGTERM and starts it again on the same port.
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

// Again starts an ended replica on the same port, so that its clients and a proxy
// before it need no change.
func (a *App) Again(t testing.TB) {
	t.Helper()
	_, port, _ := strings.Cut(a.Addr, ":")
	next, err := serveAt(port, t.TempDir(), a.Owner, a.Env)
	if err != nil {
		t.Fatal(err)
	}
	a.Process = next.Process
}

// Stop ends the server. It returns an error for a wrong exit status or errors in
// the log. A second call does nothing.
func (a *App) Stop() error {
	if a.Process == nil {
		return nil
	}
	a.HTTP.CloseIdleConnections()
	defer func() { a.Process = nil }()
	return a.Process.stop()
}

// Defaults returns the settings of a server for tests, with the two database
// URLs.
func Defaults(app, owner string) Env {
	key := make([]byte, 32)
	rand.Read(key)
	return Env{
		"DATABASE_URL": app, "DATABASE_OWNER_URL": owner,
		"SECRET_KEY": base64.StdEncoding.EncodeToString(key),
		"LOG_FORMAT": "json", "BCRYPT_COST": "10",
		// Tests give each client an IP address of its own.
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

// ServeBy starts the binary of another version on the port and waits until it is
// healthy.
func ServeBy(binary, port, dir, owner string, env Env) (*App, error) {
	var err error
	base := env["BASE_URL"]
	if base == "" {
		base = "http://localhost:" + port
	}
	a := &App{Base: base, Owner: owner, Addr: "127.0.0.1:" + port, Dir: dir}
	// Env lacks PORT and DATA_DIR, so that a replica can use other values.
	a.Env = env.Mailed().With(Env{"BASE_URL": base})
	begun := time.Now()
	a.Process, err = begin(binary, dir, a.Env.With(Env{"PORT": port, "DATA_DIR": dir}), nil, "serve")
	if err != nil {
		return nil, err
	}
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, a.Addr)
	}
	a.HTTP = &http.Transport{
		DialContext:         dial,
		DialTLSContext:      dial, // https URLs are dialled without TLS, as behind a proxy that ends TLS
		DisableCompression:  true, // tests that need it set Accept-Encoding
		MaxIdleConnsPerHost: 64,
		// Shorter than the server's, which could otherwise close a connection just when a
		// request begins on it.
		IdleConnTimeout: 10 * time.Second,
	}
	if !a.becomesHealthy() {
		a.cmd.Process.Kill()
		return nil, fmt.Errorf("the server does not become healthy:\n%s", a.Log.End())
	}
	a.Took = time.Since(begun)
	return a, nil
}

// startPoll is the pause between two checks of a starting server. It is short,
// because the benchmark measures the start.
const startPoll = 2 * time.Millisecond

func (a *App) becomesHealthy() bool {
	for end := time.Now().Add(Patience); !a.Ended() && time.Now().Before(end); time.Sleep(startPoll) {
		if a.healthy() {
			return true
		}
	}
	return false
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

// Exec runs a statement as the owner of the tables and returns the number of
// changed rows. Tests use it to set times back.
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

// Hold runs a statement as the owner in a transaction that stays open and keeps
// its locks until the returned function is called.
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

// Ask returns the single value of a query, run as the owner.
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

// Connect opens a connection to the database as the owner of the tables.
func (a *App) Connect(t testing.TB) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), a.Owner)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// Superuser returns the URL of a's database for a superuser.
func Superuser(t testing.TB, a *App) string {
	t.Helper()
	u, err := url.Parse(a.Owner)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.User(pgserver.Superuser)
	for _, dsn := range []string{a.Owner, u.String()} {
		if Ask[bool](t, &App{Owner: dsn}, "select rolsuper from pg_roles where rolname = current_user") {
			return dsn
		}
	}
	t.Skip("this database has no superuser URL")
	return ""
}

// InSchema returns a database URL whose role looks in the schema.
func InSchema(t testing.TB, dsn, schema string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	query.Set("search_path", schema)
	u.RawQuery = query.Encode()
	return u.String()
}
