// Command gotest runs `go test -json` with its arguments and prints a short
// report: each package in a line, failed tests with their output, skipped tests
// with their reasons, and last the counts of tests and subtests. Packages behind
// "--" are tested after the packages before it. The exit status is that of go
// test.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

func main() {
	os.Exit(run(os.Args[1:]))
}

func run(args []string) int {
	r, status := newReport(os.Stdout), 0
	for _, packages := range split(args) {
		status = max(status, goTest(r, packages))
	}
	r.close()
	switch {
	case status == 0 && r.failed > 0: // tests failed, although go test returned 0
		return 1
	case status == 0 && r.passed == 0:
		fmt.Fprintln(os.Stderr, "gotest: no test ran")
		return 1
	}
	return status
}

// split returns the arguments of each run of go test, separated by "--". Every run
// has the flags before the first package.
func split(args []string) [][]string {
	first := slices.IndexFunc(args, func(arg string) bool { return !strings.HasPrefix(arg, "-") })
	if first < 0 {
		return [][]string{args}
	}
	var all [][]string
	run := slices.Clone(args[:first])
	for _, arg := range args[first:] {
		if arg == "--" {
			all, run = append(all, run), slices.Clone(args[:first])
			continue
		}
		run = append(run, arg)
	}
	return append(all, run)
}

// goTest runs go test once and adds its events to the report.
func goTest(r *report, args []string) int {
	cmd := exec.Command("go", append([]string{"test", "-json"}, args...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gotest:", err)
		return 1
	}
	r.read(out)
	err = cmd.Wait()
	if status := cmd.ProcessState.ExitCode(); err == nil || status > 0 {
		return status
	}
	return 1 // killed by a signal
}
