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

// The verdicts on a mutant. Only killed is a success.
const (
	killed   = "killed"
	survived = "survived"
	broken   = "does not compile"
	stale    = "does not apply"
	notGreen = "no green test"
)

// lab tests mutants of the tree at root. It does not change the tree: the compiler
// reads the mutated files in dir instead of the real ones.
type lab struct{ root, dir string }

// try returns the verdict on the mutant and, unless it is killed, the output that
// explains it.
func (l lab) try(m mutant) (verdict, output string) {
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

// mutate applies the patch to copies of its files and returns the file with the
// overlay that replaces the real ones.
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

// apply changes the files below dir. git applies a patch only when its context
// matches exactly. It must not find a repository, above dir or in the environment.
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

// gotest runs one test. The overlay is set in the environment, so that it also
// applies to programs that the test builds.
func (l lab) gotest(overlay, pkg, name string) (string, error) {
	// One process at a time, as there is a running mutant for each processor.
	cmd := exec.Command("go", "test", "-p=1", "-count=1", "-vet=off", "-timeout=3m", "-run", "^"+name+"$", pkg)
	cmd.Dir = l.root
	cmd.Env = append(os.Environ(), "GOFLAGS="+os.Getenv("GOFLAGS")+" '-overlay="+overlay+"'")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// failed matches the line in which go test reports that the test failed.
func failed(test string) *regexp.Regexp {
	return regexp.MustCompile(`(?m)^--- FAIL: ` + regexp.QuoteMeta(test) + ` \(`)
}
