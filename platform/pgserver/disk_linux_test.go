package pgserver

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"stoa/platform/waittest"
)

// smallDisk mounts a file system of that size.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	skipUnlessOwnData(t) // else the test would fill another disk
	dir := t.TempDir()
	if err := syscall.Mount("stoa", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("cannot mount a small disk: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

func TestStart_DiskFull(t *testing.T) {
	t.Parallel()
	_, err := Start(t.Context(), config(filepath.Join(smallDisk(t, "6m"), "data")))
	if err == nil || !strings.Contains(err.Error(), "the disk that holds the private PostgreSQL is full") {
		t.Fatalf("Start() on a small disk = %v, want an error that says that it is full", err)
	}
}

// A full disk may end postgres, when it cannot write its log. When the disk has
// space again, the server recovers by itself, and committed rows are kept.
func TestServer_DiskFull(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t, "200m")
	cfg := config(filepath.Join(disk, "data"))
	cfg.Unsafe = false
	s := start(t, cfg)
	_ = mustQuery(t, s.URLs().Owner, `CREATE TABLE filler (content text)`)
	insert := func() error {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		_, err := query(ctx, s.URLs().Owner, `INSERT INTO filler SELECT repeat(gen_random_uuid()::text, 50) FROM generate_series(1, 2000)`)
		return err
	}
	ballast := filepath.Join(disk, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 60<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	committed := 0
	for ; insert() == nil; committed++ {
		if committed > 200 {
			t.Fatalf("%d writes of 3.6 MB fit on a disk of 200 MB", committed)
		}
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	waittest.Until(t, "a write to succeed again", func() bool { return insert() == nil })
	got := atoi(t, mustQuery(t, s.URLs().Owner, `SELECT (count(*) / 2000)::text FROM filler`))
	if got < committed+1 {
		t.Fatalf("%d writes are stored, want the %d that were acknowledged", got, committed+1)
	}
}
