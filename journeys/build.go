package journeys

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

// build compiles the program once per test run, with the race detector when
// the tests have it, and returns the path of the binary.
var build = sync.OnceValues(func() (string, error) {
	path := filepath.Join(workplace(), "stoa")
	args := []string{"build", "-o", path}
	if raceEnabled {
		// Blowfish shares no memory between goroutines, and one watched password
		// hash costs as much as twelve others.
		args = append(args, "-race", "-gcflags=golang.org/x/crypto/blowfish=-race=false")
	}
	out, err := exec.Command("go", append(args, "stoa/cmd/stoa")...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

// workplace is a directory for the whole run; Main removes it.
var workplace = sync.OnceValue(func() string {
	dir, err := os.MkdirTemp("", "stoa-journeys-")
	if err != nil {
		panic(err)
	}
	return dir
})
