// Package pgserver runs a private PostgreSQL server for a program on one machine.
// It finds or downloads PostgreSQL's programs, creates the cluster, restarts
// postgres when it ends, and stops it with the program.
//
// All files are below DATA_DIR, with two exceptions: the socket, because its path
// must be short, and the cluster of root on a system where another user must own
// it.
//
//	database.dsn          URL of the program's role in the last run (0600)
//	postgres/lock         held (flock) for the life of the program that runs it
//	postgres/conn.json    URLs of the running server
//	postgres/data         the cluster; never deleted by this package
//
// There is no network listener and no password: the server listens on a unix
// socket in a directory that only its own user may enter.
//
// It is our own because fergusstrange/embedded-postgres refuses root, fails with
// Debian's programs, and deletes the data when the versions differ.
package pgserver

import (
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"time"
)

// Superuser is the role that initdb creates. It bypasses row-level security, so
// only setup (and the reset between tests) uses it, never a request.
const Superuser = "postgres"

const (
	ownerRole = "stoa_owner" // owns the database and its tables
	appRole   = "stoa"       // the program's role
	database  = "stoa"
	port      = "5432" // part of the socket's name; nothing listens on it
)

var (
	// ErrRunning is returned by Start when another process runs the server of
	// this DATA_DIR. Join returns that server's URLs.
	ErrRunning = errors.New("another process runs the private PostgreSQL of this DATA_DIR")

	// ErrNotRunning is returned by Join when no process runs a server there.
	ErrNotRunning = errors.New("no private PostgreSQL runs in this DATA_DIR")
)

// Config has the directories and the settings of the server.
type Config struct {
	DataDir  string       // created if missing
	BinDir   string       // STOA_PG_BIN: the directory of postgres and initdb; empty: search for it
	Log      *slog.Logger // nil: no log
	MaxConns int          // PostgreSQL's max_connections; 0: 100

	// Unsafe trades durability for speed: a power failure may destroy the data.
	// It is for tests only.
	Unsafe bool

	// Set only by tests of this package.
	host         *host         // the machine's properties
	restartLimit time.Duration // how long restarts may fail; 0: giveUpAfter
}

// URLs are the connection URLs of the running server.
type URLs struct {
	App   string `json:"app"`   // for the program's role
	Owner string `json:"owner"` // for the role that owns the tables
}

// newURLs returns the URLs through the socket in dir.
func newURLs(dir string) URLs {
	return URLs{App: urlOf(appRole, database, dir), Owner: urlOf(ownerRole, database, dir)}
}

func urlOf(role, database, socketDir string) string {
	query := url.Values{"host": {socketDir}, "port": {port}}.Encode()
	// PostgreSQL's clients do not decode + as a space.
	query = strings.ReplaceAll(query, "+", "%20")
	u := url.URL{Scheme: "postgres", User: url.User(role), Path: "/" + database, RawQuery: query}
	return u.String()
}
