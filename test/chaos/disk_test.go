package chaos

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"stoa/test/rig"
)

// The disk of the tables is full. The write-ahead log is on another disk, as in
// a sensible deployment: without space for its log, PostgreSQL exits.
func TestDiskFull(t *testing.T) {
	parallel(t)
	r := newRow(t, "the disk of the database is full", "reads 200, writes a clear 503, normal ≤ 5 s after space returns")
	disk := smallDisk(t)
	p := newPostgres(t, filepath.Join(disk, "data"))
	if !strings.HasPrefix(p.data, disk) {
		t.Skipf("root's PostgreSQL keeps its data in %s here, not on the full disk", p.data)
	}
	p.moveLog()
	d := newDeployment(t, p.URLs())
	d.settle(t)
	start := time.Now()
	ballast := filepath.Join(disk, "ballast")
	fill(t, ballast)
	rig.Await(t, "a write to be refused", func() bool { return len(d.since(start).writes().refused()) > 0 })
	full := time.Now()
	pass(t, full, lasting(30*time.Second, 2*time.Second))
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	free := time.Now()
	d.settle(t)
	during := d.since(full).before(free)
	reads := during.where(func(r rig.Request) bool { return r.What == "read" })
	r.measured("while full: of %d reads %d were served, of %d writes %d refused", len(reads), len(reads)-len(reads.unserved()), len(during.writes()), len(during.writes().refused()))
	if unserved := reads.unserved(); len(unserved) > 0 {
		t.Errorf("reads:\n%s", unserved)
	}
	r.within("normal after", d.since(start).byUsers().unserved().last(free).Sub(free), 5*time.Second)
	r.check(d.since(start))
}

func (all requests) writes() requests {
	return all.where(func(r rig.Request) bool { return r.What == "write" })
}

// smallDisk mounts a file system of 128 MB and returns its directory.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=128m", "stoa", dir).CombinedOutput(); err != nil {
		t.Skipf("a small disk cannot be mounted here, which needs root: %v %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", "--lazy", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v %s", err, out)
		}
	})
	return dir
}

// moveLog puts the write-ahead log on another disk.
func (p *postgres) moveLog() {
	p.t.Helper()
	log := filepath.Join(p.t.TempDir(), "pg_wal")
	p.stop()
	if out, err := exec.Command("cp", "-a", filepath.Join(p.data, "pg_wal"), log).CombinedOutput(); err != nil {
		p.t.Fatalf("cp: %v %s", err, out)
	}
	if err := os.RemoveAll(filepath.Join(p.data, "pg_wal")); err != nil {
		p.t.Fatal(err)
	}
	if err := os.Symlink(log, filepath.Join(p.data, "pg_wal")); err != nil {
		p.t.Fatal(err)
	}
	p.start()
}

// fill writes to a file until the disk is full.
func fill(t *testing.T, name string) {
	t.Helper()
	file, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for err == nil {
		_, err = file.Write(make([]byte, 4096))
	}
}
