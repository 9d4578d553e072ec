// Package server runs a private PostgreSQL for a program on one machine: it finds
// the programs or fetches them, makes the cluster, keeps postgres running and
// stops it with the program.
//
// Everything lives below DATA_DIR, but for the socket, which has a short path of
// its own, and the cluster of root where another user must own it:
//
//	database.dsn          URL of the program's role in the last run (0600)
//	postgres/lock         held (flock) for the life of the program that runs it
//	postgres/conn.json    where the running server answers
//	postgres/data         the cluster; never deleted by this package
//
// There is no network listener and no password: the server answers on a unix
// socket in a directory that only its own user may enter.
package pgserver

import (
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"time"
)

// Superuser is the role that initdb makes. It bypasses row-level security, so
// it sets things up (and resets them, in tests) and never serves a request.
const Superuser = "postgres"

const (
	ownerRole = "stoa_owner" // owns the database and its tables
	appRole   = "stoa"       // what the program works as
	database  = "stoa"
	port      = "5432" // part of the socket's name; nothing listens on it
)

var (
	// ErrRunning is returned by Start when another process runs the server of
	// this DATA_DIR. Join reaches it.
	ErrRunning = errors.New("another process runs the private PostgreSQL of this DATA_DIR")

	// ErrNotRunning is returned by Join when nobody runs a server there.
	ErrNotRunning = errors.New("no private PostgreSQL runs in this DATA_DIR")
)

// Config says where the server keeps its data and how it runs.
type Config struct {
	DataDir  string       // made if missing
	BinDir   string       // STOA_PG_BIN: the directory of postgres and initdb; empty: look for it
	Log      *slog.Logger // nil: silent
	MaxConns int          // PostgreSQL's max_connections; 0: 100

	// Unsafe trades durability for speed: a power cut may cost the data. For
	// tests alone.
	Unsafe bool

	// Set by tests of this package alone.
	host     *host         // what the machine allows
	patience time.Duration // with a postgres that does not start again
}

// URLs reach the running server.
type URLs struct {
	App   string `json:"app"`   // as the program's role
	Owner string `json:"owner"` // as the role that owns the tables
}

// newURLs returns the URLs through the socket in dir.
func newURLs(dir string) URLs {
	return URLs{App: urlOf(appRole, database, dir), Owner: urlOf(ownerRole, database, dir)}
}

func urlOf(role, database, socketDir string) string {
	query := url.Values{"host": {socketDir}, "port": {port}}.Encode()
	// PostgreSQL's clients do not read + as a blank.
	query = strings.ReplaceAll(query, "+", "%20")
	u := url.URL{Scheme: "postgres", User: url.User(role), Path: "/" + database, RawQuery: query}
	return u.String()
}
