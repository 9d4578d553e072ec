//go:build unix

package pgserver

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root runs PostgreSQL as somebody else")
	}
}

// public returns a directory that other users may enter; those of t.TempDir
// they may not.
func public(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "stoa-public-") //nolint:usetesting // t.TempDir is for its owner alone
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// userOf returns the user a process runs as, seen from outside.
func userOf(t *testing.T, pid int) int {
	t.Helper()
	out, err := exec.Command("ps", "-o", "uid=", "-p", itoa(pid)).Output()
	if err != nil {
		t.Fatalf("ps: %v", err)
	}
	return atoi(t, strings.TrimSpace(string(out)))
}

// Root runs PostgreSQL in DATA_DIR, even one below a directory of its own.
func TestStart_RootInANamespace(t *testing.T) {
	t.Parallel()
	needRoot(t)
	if !namespacesWork() {
		t.Skip("this system refuses user namespaces")
	}
	dir := filepath.Join(t.TempDir(), "private")
	start(t, config(dir))
	info, err := os.Stat(filepath.Join(dir, "postgres", "data", "base"))
	if err != nil || ownerOf(info) != 0 {
		t.Fatalf("the cluster belongs to %v, %v, want root", info, err)
	}
}

// Where namespaces are refused, root becomes another user, who cannot enter
// DATA_DIR; the data survives a restart all the same.
func TestStart_RootWithoutNamespaces(t *testing.T) {
	t.Parallel()
	needRoot(t)
	dir, shared := t.TempDir(), public(t)
	cfg := config(dir)
	cfg.host = thisHost()
	cfg.host.namespaces = func() bool { return false }
	cfg.host.shared = shared
	for n := range 2 {
		s := start(t, cfg)
		write(t, s, n)
		if s.place.data == s.place.ownData() || !strings.HasPrefix(s.place.data, shared) {
			t.Fatalf("the cluster is in %s, want it below %s", s.place.data, shared)
		}
		if got := userOf(t, readPidFile(s.place.data).pid); got != serviceUser() {
			t.Fatalf("postgres runs as user %d, want %d", got, serviceUser())
		}
		if got, want := ask(t, s.URLs().Owner, kept), []string{"0", "0 1"}[n]; got != want {
			t.Fatalf("rows are %q, want %q", got, want)
		}
		urls, err := Join(t.Context(), dir)
		if err != nil || *urls != s.URLs() {
			t.Fatalf("Join() = %v, %v", urls, err)
		}
		stop(t, s)
	}
	// It stays where it is when the system has changed its mind.
	cfg.host.namespaces = namespacesWork
	if got := ask(t, start(t, cfg).URLs().Owner, kept); got != "0 1" {
		t.Fatalf("rows are %q, want 0 1", got)
	}
}

// Root takes the face of the user to whom a cluster belongs.
func TestStart_RootWithAnotherUsersCluster(t *testing.T) {
	t.Parallel()
	needRoot(t)
	dir := filepath.Join(public(t), "data")
	if out, err := exec.Command("cp", "-R", readyDir(t), dir).CombinedOutput(); err != nil {
		t.Fatalf("cp: %v %s", err, out)
	}
	if out, err := exec.Command("chown", "-R", itoa(serviceUser()), dir).CombinedOutput(); err != nil {
		t.Fatalf("chown: %v %s", err, out)
	}
	start(t, config(dir))
	if got := userOf(t, postmasterPid(t, dir)); got != serviceUser() {
		t.Fatalf("postgres runs as user %d, want %d", got, serviceUser())
	}
}

func TestStart_RootsClusterWithoutNamespaces(t *testing.T) {
	needRoot(t)
	cfg := config(readyDir(t))
	cfg.host = thisHost()
	cfg.host.namespaces = func() bool { return false }
	if _, err := Start(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "belongs to root") {
		t.Fatalf("Start() = %v, want to hear whose the cluster is", err)
	}
}

func TestStart_AnotherUsersCluster(t *testing.T) {
	dir := readyDir(t)
	if err := ownedBy(filepath.Join(dir, "postgres", "data"), os.Geteuid()+1); err == nil || !strings.Contains(err.Error(), "another user") {
		t.Fatalf("ownedBy() = %v, want a refusal", err)
	}
}

// The tests that matter most, once more as an ordinary user.
func TestAsOrdinaryUser(t *testing.T) {
	t.Parallel()
	needRoot(t)
	home := public(t)
	binary := filepath.Join(home, "server.test")
	if out, err := exec.Command("cp", os.Args[0], binary).CombinedOutput(); err != nil {
		t.Fatalf("cp: %v %s", err, out)
	}
	uid := serviceUser()
	if err := os.Chown(home, uid, -1); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, "-test.run", `^(TestStart_FromNothing|TestStart_NotWritable|TestServer_PostmasterKilled|TestStart_AfterTheProgramWasKilled|TestJoin)$`)
	cmd.Dir = home
	cmd.Env = append(os.Environ(), "HOME="+home, "TMPDIR="+home, "XDG_CACHE_HOME="+home)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("as user %d: %v\n%s", uid, err, out)
	}
}

func TestStart_NotWritable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	places := []string{filepath.Join(file, "data")}
	if os.Geteuid() != 0 { // nothing is closed to root
		closed := t.TempDir()
		if err := os.Chmod(closed, 0o500); err != nil {
			t.Fatal(err)
		}
		places = append(places, closed, filepath.Join(closed, "data"))
	}
	for _, dir := range places {
		_, err := Start(t.Context(), config(dir))
		if err == nil || !strings.Contains(err.Error(), "set DATA_DIR to a directory") || !strings.Contains(err.Error(), dir) {
			t.Errorf("Start(%s) = %v, want the directory and what to do", dir, err)
		}
	}
}

// Somebody may have made our directory in /tmp before us.
func TestMakePrivate_RefusesWhatIsNotOurs(t *testing.T) {
	for name, prepare := range map[string]func(dir string) error{
		"open to others": func(dir string) error { return os.Mkdir(dir, 0o755) },
		"a link":         func(dir string) error { return os.Symlink(filepath.Dir(dir), dir) },
		"a file":         func(dir string) error { return os.WriteFile(dir, nil, 0o700) },
	} {
		dir := filepath.Join(t.TempDir(), "run")
		if err := prepare(dir); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(dir, 0o755); err != nil && runtime.GOOS == "linux" {
			t.Fatal(err)
		}
		if got, err := makePrivate(dir, account{}); err == nil {
			t.Errorf("makePrivate, %s = %s, want a refusal", name, got)
		}
	}
	dir := filepath.Join(t.TempDir(), "run")
	for range 2 {
		if _, err := makePrivate(dir, account{}); err != nil {
			t.Errorf("makePrivate of our own = %v", err)
		}
	}
}
