package chaos

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"stoa/migrations"
	"stoa/platform/pg"
	"stoa/platform/pgserver"
	"stoa/test/rig"
)

// postgres is a PostgreSQL server of one test. Unlike the server that tests share
// it survives crashes without loss.
type postgres struct {
	*pgserver.Server
	t    testing.TB
	dir  string
	data string // the directory of the cluster
}

// newPostgres starts a server with a migrated database in dir.
func newPostgres(t testing.TB, dir string) *postgres {
	t.Helper()
	p := &postgres{t: t, dir: dir}
	p.start()
	t.Cleanup(p.stop)
	if _, err := pg.Migrate(t.Context(), p.URLs().Owner, p.URLs().App, migrations.FS); err != nil {
		t.Fatal(err)
	}
	return p
}

// start starts the server, always with the same URLs.
func (p *postgres) start() {
	p.t.Helper()
	s, err := pgserver.Start(context.Background(), pgserver.Config{DataDir: p.dir, BinDir: os.Getenv("STOA_PG_BIN")})
	if err != nil {
		p.t.Fatal(err)
	}
	p.Server = s
	if p.data, err = pgserver.ClusterDir(p.dir); err != nil {
		p.t.Fatal(err)
	}
}

func (p *postgres) stop() {
	p.t.Helper()
	if err := p.Stop(context.Background()); err != nil {
		p.t.Error(err)
	}
}

// restarts sends a signal that ends the server, which package pgserver starts
// again. It returns the time at which the new server accepts a connection.
func (p *postgres) restarts(sig syscall.Signal) time.Time {
	p.t.Helper()
	old := p.postmaster()
	if old == 0 { // kill(0) would signal the process group of the test
		p.t.Fatal("there is no PostgreSQL to end")
	}
	if err := syscall.Kill(old, sig); err != nil {
		p.t.Fatal(err)
	}
	rig.Await(p.t, "PostgreSQL to accept connections", func() bool { return p.postmaster() != old && p.accepts() })
	return time.Now()
}

// postmaster returns the server's process id, or 0 between two servers.
func (p *postgres) postmaster() int {
	file, err := os.ReadFile(filepath.Join(p.data, "postmaster.pid"))
	if err != nil {
		return 0
	}
	pid, _, _ := strings.Cut(string(file), "\n")
	n, _ := strconv.Atoi(pid)
	return n
}

// accepts reports whether the server accepts a connection.
func (p *postgres) accepts() bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, p.URLs().App)
	if err != nil {
		return false
	}
	conn.Close(ctx)
	return true
}
