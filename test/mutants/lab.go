package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// What can become of a mutant. Only killed is good.
const (
	killed   = "killed"
	survived = "survived"
	broken   = "does not compile"
	stale    = "does not apply"
	notGreen = "no green test"
)

// lab tries mutants on the tree at root, which it never changes: the compiler
// reads the mutated files from dir in place of the real ones.
type lab struct{ root, dir string }

// try returns what becomes of the mutant and, unless it is killed, what was
// said about it.
func (l lab) try(m mutant) (verdict, said string) {
	overlay, err := l.mutate(m)
	if err != nil {
		return stale, err.Error()
	}
	out, err := l.gotest(overlay, m.pkg, m.test)
	switch {
	case err == nil:
		return survived, ""
	case !failed(m.test).MatchString(out):
		return broken, out
	}
	return killed, ""
}

// mutate applies the patch to copies of its files and returns the overlay that
// puts them in the place of the real ones.
func (l lab) mutate(m mutant) (overlay string, err error) {
	dir := filepath.Join(l.dir, m.name)
	replace := map[string]string{}
	for _, file := range m.files {
		text, err := os.ReadFile(filepath.Join(l.root, file))
		if err != nil {
			return "", err
		}
		real, err := filepath.Abs(filepath.Join(l.root, file))
		if err != nil {
			return "", err
		}
		replace[real] = filepath.Join(dir, file)
		if err := os.MkdirAll(filepath.Dir(replace[real]), 0o700); err != nil {
			return "", err
		}
		if err := os.WriteFile(replace[real], text, 0o600); err != nil {
			return "", err
		}
	}
	if err := apply(dir, m.patch); err != nil {
		return "", err
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	overlay = filepath.Join(l.dir, m.name+".json")
	return overlay, os.WriteFile(overlay, text, 0o600)
}

// apply changes the files below dir. git is used as a patch program that
// guesses nothing; no repository is looked for, nor found in the environment.
func apply(dir string, patch []byte) error {
	cmd := exec.Command("git", "apply", "--whitespace=nowarn", "-")
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(string(patch))
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "GIT_") {
			cmd.Env = append(cmd.Env, variable)
		}
	}
	cmd.Env = append(cmd.Env, "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return nil
}

// gotest runs one test. The overlay goes through the environment, so that it
// also reaches programs that a test builds.
func (l lab) gotest(overlay, pkg, name string) (string, error) {
	// One process at a time: as many mutants as processors are under way.
	cmd := exec.Command("go", "test", "-p=1", "-count=1", "-vet=off", "-timeout=3m", "-run", "^"+name+"$", pkg)
	cmd.Dir = l.root
	cmd.Env = append(os.Environ(), "GOFLAGS="+os.Getenv("GOFLAGS")+" '-overlay="+overlay+"'")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// failed finds the line in which go test says that a test failed.
func failed(test string) *regexp.Regexp {
	return regexp.MustCompile(`(?m)^--- FAIL: ` + regexp.QuoteMeta(test) + ` \(`)
}
