package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"testing"

	"stoa/platform/mail/mailtest"
	"stoa/platform/pgserver"
	"stoa/test/rig"
)

// baseURL is the public URL of every process, so that all of them accept the
// same tokens.
const baseURL = "http://localhost:3000"

// otherAccounts is the number of unused accounts in the database.
const otherAccounts = 10_000

// maxConns is enough for the pools of all processes that run at once.
const maxConns = 300

// environment has the processes under measurement: the program, its database and
// the yardstick.
type environment struct {
	t         testing.TB
	binary    string
	settings  rig.Env // of every process
	pg        *pgserver.Server
	postgres  int      // process id
	stoa      *rig.App // with high limits
	unlimited *rig.App // without limits
	yardstick *rig.App
	users     []user // of stoa
}

// newEnvironment builds the program and starts PostgreSQL and a mail server.
func newEnvironment(t testing.TB, p plan) *environment {
	s := &environment{t: t, binary: release(t, "")}
	var err error
	s.pg, err = pgserver.Start(t.Context(), pgserver.Config{DataDir: t.TempDir(), BinDir: p.pgBin, MaxConns: maxConns})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.pg.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	s.postgres = s.postmaster()
	s.settings = rig.Defaults(s.pg.URLs().App, s.pg.URLs().Owner).With(rig.Env{
		"BASE_URL": baseURL, "HOST": "127.0.0.1", "BCRYPT_COST": fmt.Sprint(p.cost),
		// The server accepts every email: a refusal would cause retries during other
		// measurements.
		"SMTP_URL": "smtp://" + mailtest.Start(t).Addr, "MAIL_FROM": "stoa@localhost",
	})
	for _, name := range []string{"DB_MAX_CONNS", "DB_MIN_CONNS", "LOG_LEVEL"} {
		delete(s.settings, name) // the program's own defaults are measured
	}
	return s
}

// startAll starts the program and the yardstick on a database with other accounts.
func (s *environment) startAll() {
	s.stoa = s.serve(s.binary, high)
	s.seed(s.binary, "stoa", s.settings)
	s.unlimited = s.serve(s.binary, off)
	self, err := os.Executable()
	if err != nil {
		s.t.Fatal(err)
	}
	s.yardstick = s.serve(self)
	s.users = createUsers(s.t, s.stoa)
}

// release compiles the program of a commit as for a release; "" is the working
// tree.
func release(t testing.TB, commit string) string {
	binary, err := rig.Release(commit)
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

// Settings of the two processes. Only development may turn limits off.
var (
	high = rig.Env{
		"APP_ENV": "production", "LIMIT_LOGIN": "1000000/1m", "LIMIT_ACCOUNT": "1000000/1h", "LIMIT_REGISTER": "1000000/1h",
		"LIMIT_REFRESH": "1000000/1m", "LIMIT_API": "1000000/1m",
	}
	off = rig.Env{
		"APP_ENV": "development", "LIMIT_LOGIN": "off", "LIMIT_ACCOUNT": "off", "LIMIT_REGISTER": "off",
		"LIMIT_REFRESH": "off", "LIMIT_API": "off",
	}
)

// serve starts a build of the program on a port of its own.
func (s *environment) serve(binary string, settings ...rig.Env) *rig.App {
	return rig.StartBy(s.t, binary, s.settings.With(settings...))
}

// seed inserts other accounts with the build's own command. Query plans for a
// handful of rows differ from those of a used database.
func (s *environment) seed(binary, database string, settings rig.Env) {
	seeded := rig.RunBy(s.t, binary, settings.With(rig.Env{"APP_ENV": "development"}), "", "seed", "--users", fmt.Sprint(otherAccounts))
	if seeded.Status != 0 {
		s.t.Fatalf("stoa seed:\n%s", seeded.Out)
	}
	s.admin(database).Exec(s.t, "VACUUM ANALYZE")
	s.admin(database).Exec(s.t, "CHECKPOINT")
}

// database creates an empty database and returns the settings that lead to it.
func (s *environment) database(name string) rig.Env {
	s.admin("postgres").Exec(s.t, "CREATE DATABASE "+name+" OWNER stoa_owner")
	return rig.Env{"DATABASE_URL": s.url("stoa", name), "DATABASE_OWNER_URL": s.url("stoa_owner", name)}
}

// admin returns a database as PostgreSQL's superuser sees it.
func (s *environment) admin(database string) *rig.App {
	return rig.On(pgserver.URLs{Owner: s.url(pgserver.Superuser, database)})
}

// url returns the URL of a database for a role.
func (s *environment) url(role, database string) string {
	u, err := url.Parse(s.pg.URLs().App)
	if err != nil {
		s.t.Fatal(err)
	}
	u.User, u.Path = url.User(role), "/"+database
	return u.String()
}

// postmaster returns the process id of the private PostgreSQL, which is the parent
// of all its other processes.
func (s *environment) postmaster() int {
	checkpointer := rig.Ask[int](s.t, s.admin("postgres"), "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'")
	st, err := readStat(checkpointer)
	if err != nil {
		s.t.Fatal(err)
	}
	return st.parent
}
