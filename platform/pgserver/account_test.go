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
		t.Skip("only root runs PostgreSQL as another user")
	}
}

// public returns a directory that other users may enter. They may not enter a
// directory of t.TempDir.
func public(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "stoa-public-") //nolint:usetesting // only its owner may enter t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// userOf returns the uid of a process outside any user namespace.
func userOf(t *testing.T, pid int) int {
	t.Helper()
	out, err := exec.Command("ps", "-o", "uid=", "-p", itoa(pid)).Output()
	if err != nil {
		t.Fatalf("ps: %v", err)
	}
	return atoi(t, strings.TrimSpace(string(out)))
}

// Root runs PostgreSQL in DATA_DIR, even below a directory that only root may
// enter.
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

// Without user namespaces root runs postgres as another user, which cannot enter
// DATA_DIR. The data is there after a restart.
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
		if s.paths.data == s.paths.ownData() || !strings.HasPrefix(s.paths.data, shared) {
			t.Fatalf("the cluster is in %s, want it below %s", s.paths.data, shared)
		}
		if got := userOf(t, readPidFile(s.paths.data).pid); got != serviceUser() {
			t.Fatalf("postgres runs as user %d, want %d", got, serviceUser())
		}
		if got, want := mustQuery(t, s.URLs().Owner, kept), []string{"0", "0 1"}[n]; got != want {
			t.Fatalf("rows are %q, want %q", got, want)
		}
		urls, err := Join(t.Context(), dir)
		if err != nil || *urls != s.URLs() {
			t.Fatalf("Join() = %v, %v", urls, err)
		}
		stop(t, s)
	}
	// The cluster stays where it is when namespaces are allowed later.
	cfg.host.namespaces = namespacesWork
	if got := mustQuery(t, start(t, cfg).URLs().Owner, kept); got != "0 1" {
		t.Fatalf("rows are %q, want 0 1", got)
	}
}

// Root runs postgres as the user that owns the cluster.
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
		t.Fatalf("Start() = %v, want an error that names the cluster's owner", err)
	}
}

func TestStart_AnotherUsersCluster(t *testing.T) {
	dir := readyDir(t)
	if err := ownedBy(filepath.Join(dir, "postgres", "data"), os.Geteuid()+1); err == nil || !strings.Contains(err.Error(), "another user") {
		t.Fatalf("ownedBy() = %v, want an error", err)
	}
}

// The most important tests, again as an ordinary user.
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
	if os.Geteuid() != 0 { // root may write everywhere
		closed := t.TempDir()
		if err := os.Chmod(closed, 0o500); err != nil {
			t.Fatal(err)
		}
		places = append(places, closed, filepath.Join(closed, "data"))
	}
	for _, dir := range places {
		_, err := Start(t.Context(), config(dir))
		if err == nil || !strings.Contains(err.Error(), "set DATA_DIR to a directory") || !strings.Contains(err.Error(), dir) {
			t.Errorf("Start(%s) = %v, want an error with the directory and the fix", dir, err)
		}
	}
}

// Another user may have created the socket's directory in /tmp first.
func TestMakePrivate_RefusesDirectoryOfAnotherUser(t *testing.T) {
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
			t.Errorf("makePrivate, %s = %s, want an error", name, got)
		}
	}
	dir := filepath.Join(t.TempDir(), "run")
	for range 2 {
		if _, err := makePrivate(dir, account{}); err != nil {
			t.Errorf("makePrivate of an own directory = %v", err)
		}
	}
}
