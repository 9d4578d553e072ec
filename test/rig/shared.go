package rig

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"stoa/platform/freeport"
	"stoa/platform/pg/pgtest"
)

// Main runs the tests and then stops the shared resources. TestMain calls it.
func Main(m *testing.M) {
	status := m.Run()
	if err := finish(); err != nil {
		fmt.Fprintln(os.Stderr, "the shared servers:", err)
		status = 1
	}
	os.Exit(status)
}

// Shared returns the server that most tests share, each with users and client IP
// addresses of its own. Its limits are Wide.
func Shared(t testing.TB) *App {
	t.Helper()
	return sharedBy(t, "watched", func(tb testing.TB) (*App, error) {
		binary, err := buildWatched()
		if err != nil {
			return nil, err
		}
		return startShared(tb, binary, Wide, Env{"ALLOWED_ORIGINS": ListedOrigin, "DB_MAX_CONNS": "20"})
	})
}

// ListedOrigin is the only entry in ALLOWED_ORIGINS of the server of Shared.
const ListedOrigin = "https://app.example.com"

// SharedWith returns a server with the settings of Start that all tests with the
// same settings share. A test that stops it, breaks its database or counts the rows
// of other users needs Start.
func SharedWith(t testing.TB, env ...Env) *App {
	t.Helper()
	return sharedBy(t, strings.Join(Env{}.With(env...).List(), "\n"), func(tb testing.TB) (*App, error) {
		binary, err := Build()
		if err != nil {
			return nil, err
		}
		return startShared(tb, binary, env...)
	})
}

// SharedReplica returns a second process beside a shared server, which tests share
// too.
func (a *App) SharedReplica(t testing.TB) *App {
	t.Helper()
	return sharedBy(t, "replica of "+a.Addr, func(testing.TB) (*App, error) {
		dir, err := sharedDir()
		if err != nil {
			return nil, err
		}
		return Serve(dir, a.Owner, a.Env)
	})
}

// shared has the servers that tests share until the end of the run, and what is done
// after they have stopped.
var shared = struct {
	sync.Mutex
	starts   map[string]func() (*App, error)
	apps     []*App
	cleanups []func()
}{starts: map[string]func() (*App, error){}}

// sharedBy returns the shared server of that name. The first call starts it.
func sharedBy(t testing.TB, name string, start func(testing.TB) (*App, error)) *App {
	t.Helper()
	shared.Lock()
	once, known := shared.starts[name]
	if !known {
		once = sync.OnceValues(func() (*App, error) { return begun(start(runTB{t})) })
		shared.starts[name] = once
	}
	shared.Unlock()
	app, err := once()
	if err != nil {
		t.Fatal(err)
	}
	return app
}

// begun keeps the started server, to stop it at the end of the run.
func begun(app *App, err error) (*App, error) {
	shared.Lock()
	defer shared.Unlock()
	if err == nil {
		shared.apps = append(shared.apps, app)
	}
	return app, err
}

func startShared(tb testing.TB, binary string, env ...Env) (*App, error) {
	dir, err := sharedDir()
	if err != nil {
		return nil, err
	}
	port, err := freeport.Get()
	if err != nil {
		return nil, err
	}
	db := pgtest.New(tb)
	return ServeBy(binary, port, dir, db.Owner, Defaults(db.App, db.Owner).With(env...))
}

// sharedDir returns a new directory that outlives the test.
func sharedDir() (string, error) { return os.MkdirTemp(workplace(), "shared-") }

func finish() (err error) {
	defer func() { err = errors.Join(err, os.RemoveAll(workplace())) }()
	for _, f := range shared.cleanups {
		defer f()
	}
	var errs []error
	for _, app := range shared.apps {
		errs = append(errs, app.Stop())
	}
	return errors.Join(errs...)
}

// runTB is a testing.TB for shared resources: they live until the end of the run,
// not until the end of the first test that uses them.
type runTB struct{ testing.TB }

// Cleanup registers f to run after all tests, when the shared servers have
// stopped.
func (runTB) Cleanup(f func()) { AtEnd(f) }

// Context returns a context that lives until the end of the run.
func (runTB) Context() context.Context { return context.Background() }
