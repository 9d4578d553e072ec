package rig

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// Build compiles the program once per test run and returns the path of the
// binary. It has no race detector: tests start it often, and the race detector
// would make each start three times as slow.
var Build = sync.OnceValues(func() (string, error) { return compile("stoa") })

// built returns the path of the binary, or ends the test.
func built(t testing.TB) string {
	t.Helper()
	binary, err := Build()
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

// buildWatched compiles the program with the race detector when the tests run
// with it, for the server that most tests share.
var buildWatched = sync.OnceValues(func() (string, error) {
	if !raceEnabled {
		return Build()
	}
	// Blowfish shares no memory between goroutines. With the race detector one
	// password hash would cost as much as twelve without.
	return compile("stoa-watched", "-race", "-gcflags=golang.org/x/crypto/blowfish=-race=false")
})

// commitBefore is the commit of the program before this one. It is used while the
// repository has no release tag, and precedes all changes of the next release.
// Rows, jobs and tokens of servers in use are those of this commit.
const commitBefore = "de1566929f8fcce845d0c981bd2e44f100854624"

// BuildBefore compiles, once per test run, the program that an upgrade to this
// one replaces: the newest release before HEAD, or else commitBefore.
var BuildBefore = sync.OnceValues(func() (string, error) {
	version := commitBefore
	if tag, err := exec.Command("git", "-C", Root(), "describe", "--tags", "--abbrev=0", "--match=v*", "HEAD^").Output(); err == nil {
		version = strings.TrimSpace(string(tag))
	}
	dir, err := export(version)
	if err != nil {
		return "", err
	}
	return compileIn(dir, nil, "stoa-before", "-trimpath")
})

// Release compiles the program of a commit as `make release` does, and returns the
// path of the binary. "" is the working tree.
func Release(commit string) (string, error) {
	dir, name := Root(), "stoa-release"
	if commit != "" {
		var err error
		if dir, err = export(commit); err != nil {
			return "", err
		}
		name += "-before"
	}
	return compileIn(dir, []string{"CGO_ENABLED=0"}, name, "-trimpath", "-ldflags=-s -w")
}

// export writes the files of a commit to a new directory.
func export(commit string) (string, error) {
	dir, err := os.MkdirTemp(workplace(), "source-")
	if err != nil {
		return "", err
	}
	const script = `git -C "$1" archive "$2" | tar -x -C "$3"`
	if out, err := exec.Command("bash", "-euo", "pipefail", "-c", script, "bash", Root(), commit, dir).CombinedOutput(); err != nil {
		return "", fmt.Errorf("git archive %s: %w\n%s\na shallow clone lacks older commits: git fetch --unshallow --tags", commit, err, out)
	}
	return dir, nil
}

// compile compiles the program of the working tree. The test packages of a run need
// the same binary: the first one links it in .cache, and the Go command does not
// link it again. Each package has a copy, which no later build replaces.
func compile(name string, flags ...string) (string, error) {
	kept := filepath.Join(Root(), ".cache", "build")
	unlock, err := lock(kept, name+".lock")
	if err != nil {
		return "", err
	}
	defer unlock()
	if err := goBuild(Root(), nil, filepath.Join(kept, name), flags...); err != nil {
		return "", err
	}
	binary := filepath.Join(workplace(), name)
	content, err := os.ReadFile(filepath.Join(kept, name))
	if err != nil {
		return "", err
	}
	return binary, os.WriteFile(binary, content, 0o700)
}

// lock makes dir and waits until no other process has the file in it locked.
func lock(dir, name string) (unlock func(), err error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	unlock = func() { file.Close() }
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		unlock()
		return nil, err
	}
	return unlock, nil
}

// compileIn compiles the program whose source is in dir. With -trimpath the Go
// command uses the packages that it has compiled before in another directory.
func compileIn(dir string, env []string, name string, flags ...string) (string, error) {
	binary := filepath.Join(workplace(), name)
	return binary, goBuild(dir, env, binary, flags...)
}

func goBuild(dir string, env []string, binary string, flags ...string) error {
	cmd := exec.Command("go", slices.Concat([]string{"build", "-o", binary}, flags, []string{"./cmd/stoa"})...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build in %s: %w\n%s", dir, err, out)
	}
	return nil
}

// workplace is a directory for the whole run; Main removes it.
var workplace = sync.OnceValue(func() string {
	dir, err := os.MkdirTemp("", "stoa-journeys-")
	if err != nil {
		panic(err)
	}
	return dir
})
