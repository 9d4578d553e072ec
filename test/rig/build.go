package rig

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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
