//go:build unix

package pgserver

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// programsAt writes scripts that print a version into a directory. findPrograms
// runs the programs only for their version.
func programsAt(t *testing.T, version string, path ...string) string {
	t.Helper()
	dir := filepath.Join(path...)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	script := "#!/bin/sh\necho 'postgres (PostgreSQL) " + version + " (Debian)'\n"
	for _, name := range []string{"postgres", "initdb"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// machine is a machine without PostgreSQL, for findPrograms.
type machine struct {
	root, path, cache string
	paths             paths
	cfg               Config
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	root := t.TempDir()
	m := &machine{root: root, path: filepath.Join(root, "path"), cache: filepath.Join(root, "cache")}
	if err := os.MkdirAll(m.path, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", m.path)
	t.Setenv("HOME", root)
	t.Setenv("XDG_CACHE_HOME", m.cache)
	var err error
	if m.paths, err = newPaths(filepath.Join(root, "data")); err != nil {
		t.Fatal(err)
	}
	m.cfg = Config{host: &host{installed: []string{filepath.Join(root, "lib/*/bin")}}}
	return m
}

// cluster writes the version file of a cluster into DATA_DIR.
func (m *machine) cluster(t *testing.T, version string) {
	t.Helper()
	if err := os.MkdirAll(m.paths.data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(m.paths.data, "PG_VERSION"), []byte(version+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (m *machine) find(t *testing.T) (programs, error) {
	return findPrograms(t.Context(), m.cfg, m.paths, account{})
}

func TestFindPrograms_Order(t *testing.T) {
	m := newMachine(t)
	check := func(want string) {
		t.Helper()
		if got, err := m.find(t); err != nil || got.dir != want {
			t.Errorf("found %s, %v, want %s", got.dir, err, want)
		}
	}
	// Each check adds programs that have precedence over the earlier ones.
	programsAt(t, "9.6.1", m.root, "lib/9.6/bin")
	check(programsAt(t, "15.3", m.root, "lib/15/bin"))
	check(programsAt(t, "16beta2", m.root, "lib/16/bin"))

	config := programsAt(t, "15.1", m.root, "config")
	if err := os.WriteFile(filepath.Join(m.path, "pg_config"), []byte("#!/bin/sh\necho "+config), 0o755); err != nil {
		t.Fatal(err)
	}
	check(config)

	linked := programsAt(t, "15.2", m.root, "linked")
	if err := os.Symlink(filepath.Join(linked, "postgres"), filepath.Join(m.path, "postgres")); err != nil {
		t.Fatal(err)
	}
	check(linked)

	check(programsAt(t, "18.4", m.cache, "stoa/postgres", npmEntry(), "bin"))

	m.cfg.BinDir = programsAt(t, "15.5", m.root, "named")
	check(m.cfg.BinDir)
}

func TestFindPrograms_SameVersionAsTheCluster(t *testing.T) {
	m := newMachine(t)
	m.cluster(t, "15")
	programsAt(t, "17.1", m.path)
	programsAt(t, "18.4", m.cache, "stoa/postgres", npmEntry(), "bin")
	want := programsAt(t, "15.3", m.root, "lib/15/bin")
	programsAt(t, "16.3", m.root, "lib/16/bin")
	if got, err := m.find(t); err != nil || got.dir != want || got.major != 15 || got.version != "15.3" {
		t.Fatalf("found %+v, %v, want 15.3 in %s", got, err, want)
	}
}

func TestFindPrograms_Refusals(t *testing.T) {
	for name, tc := range map[string]struct {
		prepare func(t *testing.T, m *machine)
		want    []string
	}{
		"nothing there": {
			func(*testing.T, *machine) {},
			[]string{"no PostgreSQL 15 or newer", "npm is not installed", "STOA_PG_BIN", "DATABASE_URL", "docker compose", installHint(0)},
		},
		"too old": {
			func(t *testing.T, m *machine) { programsAt(t, "14.9", m.path) },
			[]string{"no PostgreSQL 15 or newer", "14.9 in"},
		},
		"does not run": {
			func(t *testing.T, m *machine) {
				dir := programsAt(t, "16.1", m.path)
				if err := os.WriteFile(filepath.Join(dir, "postgres"), []byte("#!/bin/sh\nexit 3\n"), 0o755); err != nil {
					t.Fatal(err)
				}
			},
			[]string{"no PostgreSQL 15 or newer", "/postgres --version: exit status 3"},
		},
		"without initdb": {
			func(t *testing.T, m *machine) {
				if err := os.Remove(filepath.Join(programsAt(t, "16.1", m.path), "initdb")); err != nil {
					t.Fatal(err)
				}
			},
			[]string{"no PostgreSQL 15 or newer"},
		},
		"cluster of another version": {
			func(t *testing.T, m *machine) { m.cluster(t, "16"); programsAt(t, "15.3", m.path) },
			[]string{"was created by version 16", "15.3 in", "has not been touched", installHint(16)},
		},
		"cluster of another version than the named": {
			func(t *testing.T, m *machine) {
				m.cluster(t, "16")
				m.cfg.BinDir = programsAt(t, "15.3", m.root, "named")
				programsAt(t, "16.3", m.path)
			},
			[]string{"was created by version 16", "15.3 in"},
		},
		"named is not there": {
			func(t *testing.T, m *machine) { m.cfg.BinDir = "/nonexistent"; programsAt(t, "15.3", m.path) },
			[]string{"STOA_PG_BIN", "/nonexistent"},
		},
		"named is too old": {
			func(t *testing.T, m *machine) { m.cfg.BinDir = programsAt(t, "13.2", m.root, "named") },
			[]string{"STOA_PG_BIN", "13.2", "15 or newer"},
		},
		"no version to read": {
			func(t *testing.T, m *machine) { m.cluster(t, "what"); programsAt(t, "15.3", m.path) },
			[]string{"PG_VERSION"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t)
			tc.prepare(t, m)
			got, err := m.find(t)
			if err == nil {
				t.Fatalf("found %+v, want an error", got)
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q lacks %q", err, want)
				}
			}
		})
	}
}

// A cluster of another version is not changed.
func TestStart_OtherVersionTouchesNothing(t *testing.T) {
	skipUnlessOwnData(t)
	m := newMachine(t)
	m.cluster(t, "14")
	programsAt(t, "15.3", m.path)
	cfg := Config{DataDir: m.paths.dir, host: thisHost()}
	cfg.host.installed = nil
	if _, err := Start(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "created by version 14") {
		t.Fatalf("Start() = %v, want an error with the cluster's version", err)
	}
	entries, err := os.ReadDir(m.paths.data)
	if err != nil || len(entries) != 1 {
		t.Fatalf("the cluster holds %v, %v, want it unchanged", entries, err)
	}
}

func TestStart_DirectoryWithOtherFiles(t *testing.T) {
	skipUnlessOwnData(t)
	m := newMachine(t)
	if err := os.MkdirAll(filepath.Join(m.paths.data, "documents"), 0o700); err != nil {
		t.Fatal(err)
	}
	programsAt(t, "15.3", m.path)
	cfg := Config{DataDir: m.paths.dir, host: thisHost()}
	if _, err := Start(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "is not empty") {
		t.Fatalf("Start() = %v, want an error and the directory unchanged", err)
	}
	if _, err := os.Stat(filepath.Join(m.paths.data, "documents")); err != nil {
		t.Fatal(err)
	}
}

func TestInstallHintFor(t *testing.T) {
	for _, tc := range []struct {
		ids     []string
		version string
		want    string
	}{
		{[]string{"debian"}, "", "apt install postgresql"},
		{[]string{"mint", "ubuntu", "debian"}, "16", "apt install postgresql-16"},
		{[]string{"alpine"}, "16", "apk add postgresql16"},
		{[]string{"fedora"}, "", "dnf install postgresql-server"},
		{[]string{"opensuse-tumbleweed", "opensuse", "suse"}, "17", "zypper install postgresql17-server"},
		{nil, "16", "install PostgreSQL from https://www.postgresql.org/download/"},
	} {
		if got := installHintFor(tc.ids, tc.version); got != tc.want {
			t.Errorf("installHintFor(%q, %q) = %q, want %q", tc.ids, tc.version, got, tc.want)
		}
	}
}
