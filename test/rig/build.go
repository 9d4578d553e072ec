package rig

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// Build compiles the program once per test run and returns the path of the
// binary. It has no race detector: tests start it often, and the race detector
// would make each start three times as slow.
var Build = sync.OnceValues(func() (string, error) { return compile("stoa") })

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
	dir := filepath.Join(workplace(), "before")
	script := `mkdir "$3" && git -C "$1" archive "$2" | tar -x -C "$3"`
	if out, err := exec.Command("bash", "-euo", "pipefail", "-c", script, "bash", Root(), version, dir).CombinedOutput(); err != nil {
		return "", fmt.Errorf("git archive %s: %w\n%s\nthe upgrade tests need the history: git fetch --unshallow --tags", version, err, out)
	}
	binary := filepath.Join(dir, "stoa-before")
	// The path of the folder, which differs in each run, must not keep the Go
	// command from using the packages it has compiled before.
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-o", binary, "./cmd/stoa")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build of %s: %w\n%s", version, err, out)
	}
	return binary, nil
})

func compile(name string, flags ...string) (string, error) {
	path := filepath.Join(workplace(), name)
	args := append([]string{"build", "-o", path}, flags...)
	out, err := exec.Command("go", append(args, "stoa/cmd/stoa")...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
}

// workplace is a directory for the whole run; Main removes it.
var workplace = sync.OnceValue(func() string {
	dir, err := os.MkdirTemp("", "stoa-journeys-")
	if err != nil {
		panic(err)
	}
	return dir
})
