package rig

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"stoa/platform/freeport"
	"stoa/platform/pg/pgtest"
)

// Main runs the tests and then stops the shared resources. TestMain calls it.
func Main(m *testing.M) {
	status := m.Run()
	if err := finish(); err != nil {
		fmt.Fprintln(os.Stderr, "the shared server:", err)
		status = 1
	}
	os.Exit(status)
}

// Shared returns the server that most tests share, each with users and client IP
// addresses of its own. Its limits are Wide.
func Shared(t testing.TB) *App {
	t.Helper()
	shared.once.Do(func() { shared.app, shared.err = startShared(t) })
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.app
}

var shared struct {
	once sync.Once
	app  *App
	err  error
	tb   runTB
}

func startShared(t testing.TB) (*App, error) {
	shared.tb.TB = t
	db := pgtest.New(&shared.tb)
	dir := filepath.Join(workplace(), "shared")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	env := Defaults(db.App, db.Owner).With(Wide, Env{
		"ALLOWED_ORIGINS": ListedOrigin, "DB_MAX_CONNS": "20",
	})
	binary, err := buildWatched()
	if err != nil {
		return nil, err
	}
	port, err := freeport.Get()
	if err != nil {
		return nil, err
	}
	return ServeBy(binary, port, dir, db.Owner, env)
}

// ListedOrigin is the only entry in ALLOWED_ORIGINS of the shared server.
const ListedOrigin = "https://app.example.com"

func finish() error {
	var err error
	if shared.app != nil {
		err = shared.app.Stop()
	}
	for _, f := range shared.tb.cleanups {
		defer f()
	}
	return errors.Join(err, os.RemoveAll(workplace()))
}

// runTB is a testing.TB for shared resources: they live until the end of the run,
// not until the end of the first test that uses them.
type runTB struct {
	testing.TB
	cleanups []func()
}

// Cleanup registers f to run after all tests.
func (r *runTB) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }

// Context returns a context that lives until the end of the run.
func (r *runTB) Context() context.Context { return context.Background() }
