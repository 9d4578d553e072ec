package deployment

import (
	"bytes"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"stoa/test/rig"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// startEmbedded starts `stoa serve` with an empty directory: the program starts its own
// PostgreSQL and makes its secrets.
func startEmbedded(t *testing.T, dir string) *rig.App {
	t.Helper()
	env := rig.Wide.With(rig.Env{"LOG_FORMAT": "json", "BCRYPT_COST": "10", "TRUSTED_PROXIES": "127.0.0.1/32", "STOA_PG_BIN": os.Getenv("STOA_PG_BIN")})
	if env["STOA_PG_BIN"] == "" {
		delete(env, "STOA_PG_BIN")
	}
	app, err := rig.Serve(dir, "", env)
	if err != nil {
		t.Fatal(err)
	}
	rig.StopWith(t, app)
	return app
}

func TestAlone_KeepsEverythingOverAStop(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	app := startEmbedded(t, dir)
	b, p := app.RegisterBrowser(t)
	if err := app.Stop(); err != nil {
		t.Fatal(err)
	}
	if left := postmasters(t, dir); len(left) > 0 {
		t.Fatalf("PostgreSQL %v still runs", left)
	}
	again := startEmbedded(t, dir)
	moved := again.Browser(t)
	moved.Jar.SetCookies(moved.Resolve("/"), b.Jar.Cookies(b.Resolve("/")))
	if !moved.SignedIn() {
		t.Error("the session did not survive: the secrets are not kept")
	}
	again.Browser(t).SignIn(p)
}

func TestAlone_FilesAreForTheOwnerAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	startEmbedded(t, dir)
	dsn, err := os.ReadFile(filepath.Join(dir, "database.dsn"))
	if err != nil || !strings.HasPrefix(string(dsn), "postgres") {
		t.Fatalf("database.dsn = %q, %v", dsn, err)
	}
	for _, name := range []string{"database.dsn"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v; want 0600", name, info.Mode(), err)
		}
	}
	err = filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 && filepath.Dir(path) == dir {
			t.Errorf("%s is readable by other users: %v", info.Name(), info.Mode())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAlone_PostmasterKilled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	app := startEmbedded(t, dir)
	c, _, _ := app.RegisterAPI(t)
	want := rig.Decode[rig.APIUser](c.Call("PATCH", "/api/users/me", `{"bio":"written just before"}`).Is(200))
	app.Log.Forgive()
	before := postmasters(t, dir)
	if len(before) == 0 {
		t.Fatal("no postmaster found")
	}
	for _, pid := range before {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
	}
	c.Get("/health/live").Is(200)
	rig.Await(t, "another postmaster", func() bool {
		now := postmasters(t, dir)
		return len(now) > 0 && !slices.Equal(now, before)
	})
	rig.Await(t, "the server to serve again", func() bool { return c.Get("/api/users/me").Status == 200 })
	if got := rig.Decode[rig.APIUser](c.Get("/api/users/me").Is(200)); got != want {
		t.Errorf("after the crash %+v, before %+v", got, want)
	}
}

func TestAlone_KilledAndStartedAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	app := startEmbedded(t, dir)
	_, p := app.RegisterBrowser(t)
	app.Signal(t, syscall.SIGKILL)
	if _, err := app.Wait(rig.Patience); err != nil {
		t.Fatal(err)
	}
	app.Process = nil
	startEmbedded(t, dir).Browser(t).SignIn(p)
}

func TestAlone_SecondServerOnTheSameDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	app := startEmbedded(t, dir)
	b, _ := app.RegisterBrowser(t)
	beside := startEmbedded(t, dir)
	moved := beside.Browser(t)
	moved.Jar.SetCookies(moved.Resolve("/"), b.Jar.Cookies(b.Resolve("/")))
	if !moved.SignedIn() {
		t.Error("a second process on the same directory does not share database and secrets")
	}
}

func TestAlone_CommandsWorkBesideIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	app := startEmbedded(t, dir)
	env := app.Env.With(rig.Env{"DATA_DIR": dir})
	p := rig.NewUser()
	if r := rig.Run(t, env, p.Password+"\n", "user", "create", p.Email, "--name", p.Name); r.Status != 0 {
		t.Fatalf("user create = %d\n%s", r.Status, r.Out)
	}
	app.Browser(t).SignIn(p)
	if r := rig.Run(t, env, "", "migrate", "status"); r.Status != 0 || !strings.Contains(r.Out, "accounts") {
		t.Errorf("migrate status = %d\n%s", r.Status, r.Out)
	}
	app.Browser(t).SignIn(p) // the PostgreSQL that they joined still runs
}

func TestAlone_Psql(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("psql"); err != nil {
		t.Skip("psql is not installed; the private server does not include it")
	}
	dir := t.TempDir()
	app := startEmbedded(t, dir)
	app.RegisterBrowser(t)
	r := rig.Run(t, app.Env.With(rig.Env{"DATA_DIR": dir}), "", "psql", "-At", "-c", "select current_user || ' ' || count(*) from users")
	if r.Status != 0 || strings.TrimSpace(r.Out) != "stoa 1" {
		t.Errorf("psql = %d\n%s\nwant the program's role and one user", r.Status, r.Out)
	}
}

func TestAlone_CommandsWorkWithoutIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	env := rig.Env{"DATA_DIR": dir, "BCRYPT_COST": "10", "LOG_FORMAT": "json"}
	p := rig.NewUser()
	if r := rig.Run(t, env, p.Password+"\n", "user", "create", p.Email); r.Status != 0 {
		t.Fatalf("user create = %d\n%s", r.Status, r.Out)
	}
	if left := postmasters(t, dir); len(left) > 0 {
		t.Errorf("PostgreSQL %v still runs after a command", left)
	}
	startEmbedded(t, dir).Browser(t).SignIn(p)
}

// postmasters returns the PostgreSQL servers of a DATA_DIR. It finds them by their
// socket, because the data is in another place where root may not create user
// namespaces.
func postmasters(t *testing.T, dir string) []int {
	t.Helper()
	socket := socketOf(t, dir)
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil || len(files) == 0 {
		t.Skip("this test needs /proc")
	}
	var pids []int
	for _, file := range files {
		line, err := os.ReadFile(file)
		program, _, _ := bytes.Cut(line, []byte{0})
		if err != nil || filepath.Base(string(program)) != "postgres" || !bytes.Contains(line, []byte(socket)) {
			continue
		}
		var pid int
		if _, err := fmt.Sscanf(file, "/proc/%d/", &pid); err != nil || zombie(pid) {
			continue
		}
		pids = append(pids, pid)
	}
	return pids
}

// socketOf returns the directory of the socket of a DATA_DIR's PostgreSQL.
func socketOf(t *testing.T, dir string) string {
	t.Helper()
	address, err := os.ReadFile(filepath.Join(dir, "database.dsn"))
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(strings.TrimSpace(string(address)))
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get("host")
}

func zombie(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	_, state, found := bytes.Cut(stat, []byte(") "))
	return err != nil || !found || state[0] == 'Z'
}
