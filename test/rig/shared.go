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

// Main runs the tests and then ends what they shared; TestMain calls it.
func Main(m *testing.M) {
	status := m.Run()
	if err := finish(); err != nil {
		fmt.Fprintln(os.Stderr, "the shared server:", err)
		status = 1
	}
	os.Exit(status)
}

// Shared returns the server that most tests use together, each with people and
// client addresses of its own. Its limits are out of the way.
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

// ListedOrigin is the one origin whose scripts may call the shared server.
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

// runTB lends a resource the life of the whole run instead of the one test
// that happened to need it first.
type runTB struct {
	testing.TB
	cleanups []func()
}

// Cleanup keeps f until the run is over.
func (r *runTB) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }

// Context outlives the first test.
func (r *runTB) Context() context.Context { return context.Background() }
