//go:build unix

package pg_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"stoa/platform/pg"
	"stoa/platform/pgserver"
	"stoa/platform/waittest"
)

// While PostgreSQL is killed and restarts, every error is Unavailable (a 503), and
// every acknowledged write is kept.
func TestDB_PostgresKilledUnderLoad(t *testing.T) {
	dir := t.TempDir()
	s, err := pgserver.Start(t.Context(), pgserver.Config{DataDir: dir, BinDir: os.Getenv("STOA_PG_BIN")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Stop(context.Background()); err != nil {
			t.Errorf("Stop() = %v", err)
		}
	}()
	owner := open(t, pg.Config{URL: s.URLs().Owner, MaxConns: 4})
	run(t, owner, `CREATE TABLE writes (n int)`)

	var acknowledged, refused atomic.Int64
	ctx, end := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range time.Tick(2 * time.Millisecond) { // about the rate of real clients
				if ctx.Err() != nil {
					return
				}
				err := owner.Tx(t.Context(), func(tx *pg.Tx) error {
					_, err := tx.Exec(t.Context(), `INSERT INTO writes VALUES (1)`)
					return err
				})
				switch {
				case err == nil:
					acknowledged.Add(1)
				case pg.Unavailable(err):
					refused.Add(1)
				default:
					t.Errorf("a write during the outage failed with %v, which is not Unavailable", err)
					return
				}
			}
		})
	}
	for range 2 {
		waittest.Until(t, "writes", func() bool { return acknowledged.Load() > 20 })
		kill(t, dir)
		before := refused.Load()
		waittest.Until(t, "refused writes", func() bool { return refused.Load() > before })
		after := acknowledged.Load()
		waittest.Until(t, "writes again", func() bool { return acknowledged.Load() > after+20 })
	}
	end()
	wg.Wait()
	// The server may commit a write and end before it responds.
	if got := queryText(t, owner, `SELECT count(*)::text FROM writes`); atoi(t, got) < int(acknowledged.Load()) {
		t.Fatalf("%s writes are stored, want the %d acknowledged", got, acknowledged.Load())
	}
}

// kill sends SIGKILL to the postgres process of a DATA_DIR.
func kill(t *testing.T, dir string) {
	t.Helper()
	data, err := pgserver.ClusterDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	pid, _, _ := strings.Cut(string(content), "\n")
	if err := syscall.Kill(atoi(t, pid), syscall.SIGKILL); err != nil {
		t.Fatal(fmt.Errorf("kill -9 %s: %w", pid, err))
	}
}

func atoi(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
