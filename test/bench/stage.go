package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/jackc/pgx/v5"

	"stoa/platform/pgserver"
)

// baseURL is the public URL of every process, so that all of them accept the
// same tokens.
const baseURL = "http://localhost:3000"

// otherAccounts is the number of unused accounts in the database.
const otherAccounts = 10_000

// maxConns is enough for the pools of all processes that run at once.
const maxConns = 300

// environment has the processes under measurement: the program, its database and the
// yardsticks.
type environment struct {
	dir       string
	binary    string
	secret    string
	pg        *pgserver.Server
	postgres  int      // process id
	stoa      *process // with high limits
	unlimited *process // without limits
	bare      *process // the yardstick of pages and calls
	hashing   *process // the yardstick of password hashes
	users     []user
	running   []*process // all started processes
}

// newEnvironment builds the program and starts everything.
func newEnvironment(ctx context.Context, p plan) (*environment, error) {
	dir, err := os.MkdirTemp("", "stoa-bench-")
	if err != nil {
		return nil, err
	}
	key := make([]byte, 32)
	rand.Read(key)
	s := &environment{dir: dir, binary: filepath.Join(dir, "stoa"), secret: base64.StdEncoding.EncodeToString(key)}
	if err := s.startAll(ctx, p); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *environment) startAll(ctx context.Context, p plan) (err error) {
	if err := s.build(ctx); err != nil {
		return err
	}
	if s.pg, err = pgserver.Start(ctx, pgserver.Config{DataDir: s.dir, BinDir: p.pgBin, MaxConns: maxConns}); err != nil {
		return err
	}
	mailServer, err := startMailSink()
	if err != nil {
		return err
	}
	if s.stoa, err = s.serve(ctx, "stoa", p, append(high, "SMTP_URL="+mailServer, "MAIL_FROM=stoa@localhost")...); err != nil {
		return err
	}
	// Query plans for a handful of rows differ from those of a used database.
	if err := s.connect(ctx, pgserver.Superuser, "stoa", func(conn *pgx.Conn) error { return fill(ctx, conn, otherAccounts) }); err != nil {
		return err
	}
	if s.unlimited, err = s.serve(ctx, "unlimited", p, off...); err != nil {
		return err
	}
	if s.postgres, err = s.postmaster(ctx); err != nil {
		return err
	}
	if s.bare, err = s.yardstick(ctx); err != nil {
		return err
	}
	// The same priority as the program's own hash threads, so that other load
	// on the machine slows both equally.
	s.hashing, err = s.yardstick(ctx, "nice", "-n", "19")
	return err
}

// build builds the program as `make build` does.
func (s *environment) build(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w -X main.version=bench", "-o", s.binary, "stoa/cmd/stoa")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	return nil
}

// Settings of the two processes. Only development may turn limits off.
var (
	high = []string{
		"APP_ENV=production", "LIMIT_LOGIN=1000000/1m", "LIMIT_ACCOUNT=1000000/1h", "LIMIT_REGISTER=1000000/1h",
		"LIMIT_REFRESH=1000000/1m", "LIMIT_API=1000000/1m",
	}
	off = []string{
		"APP_ENV=development", "LOG_FORMAT=json", "LIMIT_LOGIN=off", "LIMIT_ACCOUNT=off", "LIMIT_REGISTER=off",
		"LIMIT_REFRESH=off", "LIMIT_API=off",
	}
)

// serve starts the program on a port of its own. Of a repeated setting the last
// value applies.
func (s *environment) serve(ctx context.Context, name string, p plan, settings ...string) (*process, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, s.binary, "serve")
	cmd.Dir = s.dir
	cmd.Env = append([]string{
		"DATABASE_URL=" + s.pg.URLs().App, "DATABASE_OWNER_URL=" + s.pg.URLs().Owner, "SECRET_KEY=" + s.secret,
		"BASE_URL=" + baseURL, "HOST=127.0.0.1", "PORT=" + port, "TRUSTED_PROXIES=127.0.0.1/32", "DATA_DIR=" + s.dir, fmt.Sprintf("BCRYPT_COST=%d", p.cost),
	}, settings...)
	return s.start(ctx, cmd, addr, "/health", name+".log")
}

// yardstick starts the yardsticks, with prefix before the command.
func (s *environment) yardstick(ctx context.Context, prefix ...string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	line := slices.Concat(prefix, []string{self, yardstickCommand, addr, s.pg.URLs().App})
	return s.start(ctx, exec.CommandContext(ctx, line[0], line[1:]...), addr, "/ready", "yardstick.log")
}

// start starts a server that close stops.
func (s *environment) start(ctx context.Context, cmd *exec.Cmd, addr, path, log string) (*process, error) {
	p, err := start(ctx, cmd, addr, path, filepath.Join(s.dir, log))
	if p != nil {
		s.running = append(s.running, p)
	}
	return p, err
}

// postmaster returns the process id of the private PostgreSQL, which is the
// parent of the backend of this connection.
func (s *environment) postmaster(ctx context.Context) (int, error) {
	var backend int
	err := s.connect(ctx, "", "stoa", func(conn *pgx.Conn) error {
		return conn.QueryRow(ctx, "SELECT pg_backend_pid()").Scan(&backend)
	})
	if err != nil {
		return 0, err
	}
	st, err := readStat(backend)
	return st.parent, err
}

// sessionKeys returns the keys of the stored browser sessions.
func (s *environment) sessionKeys(ctx context.Context) (keys []string, err error) {
	err = s.connect(ctx, "", "stoa", func(conn *pgx.Conn) error {
		rows, err := conn.Query(ctx, "SELECT k FROM sessions LIMIT 1000")
		if err != nil {
			return err
		}
		keys, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	return keys, err
}

// database creates an empty database and returns its URLs.
func (s *environment) database(ctx context.Context, name string) (app, owner string, err error) {
	err = s.connect(ctx, pgserver.Superuser, "postgres", func(conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, "CREATE DATABASE "+name+" OWNER stoa_owner")
		return err
	})
	if err != nil {
		return "", "", err
	}
	if app, err = s.address("", name); err != nil {
		return "", "", err
	}
	owner, err = s.address("stoa_owner", name)
	return app, owner, err
}

// connect connects to a database; "" is the program's database.
func (s *environment) connect(ctx context.Context, role, database string, do func(*pgx.Conn) error) error {
	address, err := s.address(role, database)
	if err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	return errors.Join(do(conn), conn.Close(ctx))
}

// address returns the URL of a database for a role; "" is the program's database.
func (s *environment) address(role, database string) (string, error) {
	u, err := url.Parse(s.pg.URLs().App)
	if err != nil {
		return "", err
	}
	if role != "" {
		u.User = url.User(role)
	}
	u.Path = "/" + database
	return u.String(), nil
}

// close stops all processes, the database last, and removes the directory.
func (s *environment) close() error {
	var errs []error
	for _, p := range s.running {
		errs = append(errs, p.stop())
	}
	if s.pg != nil {
		ctx, cancel := context.WithTimeout(context.Background(), stopPatience)
		defer cancel()
		errs = append(errs, s.pg.Stop(ctx))
	}
	return errors.Join(append(errs, os.RemoveAll(s.dir))...)
}
