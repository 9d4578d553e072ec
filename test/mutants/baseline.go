package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// event is one line of `go test -json`; see `go doc test2json`.
type event struct {
	Action  string
	Package string
	Test    string
	Output  string
}

// baseline is the result of the named tests without a mutant.
type baseline struct {
	passed []event
	output string // of the tests that did not pass
}

// green reports whether the mutant's test exists and passes.
func (b baseline) green(m mutant) bool {
	return slices.ContainsFunc(b.passed, func(e event) bool {
		return e.Test == m.test && strings.HasSuffix(e.Package, strings.TrimPrefix(m.pkg, "."))
	})
}

// unmutated runs the mutants' tests as they are, each package once.
func (l lab) unmutated(mutants []mutant) baseline {
	var tests, packages []string
	for _, m := range mutants {
		tests, packages = append(tests, m.test), append(packages, m.pkg)
	}
	slices.Sort(packages)
	run := "^(" + strings.Join(tests, "|") + ")$"
	args := []string{"test", "-json", "-count=1", "-vet=off", "-timeout=5m", "-run", run}
	cmd := exec.Command("go", append(args, slices.Compact(packages)...)...)
	cmd.Dir, cmd.Stderr = l.root, os.Stderr
	out, _ := cmd.Output() // the events name the failed tests
	return read(out)
}

// read reads the events of go test.
func read(out []byte) baseline {
	var b baseline
	output := map[event]string{} // of the tests that have not ended
	for events := json.NewDecoder(bytes.NewReader(out)); events.More(); {
		var e event
		if err := events.Decode(&e); err != nil {
			b.output += err.Error()
			break
		}
		of := event{Package: e.Package, Test: e.Test}
		switch e.Action {
		case "output", "build-output":
			output[of] += e.Output
		case "pass":
			b.passed = append(b.passed, of)
		case "fail", "skip":
			b.output += output[of]
		}
	}
	return b
}
