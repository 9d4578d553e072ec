// Command gotest runs `go test -json` with the arguments it is given and
// prints what a person wants to know: each package in a line, failed tests
// with their output, skipped tests with their reasons, and last the counts of
// tests and subtests. Packages behind "--" are tested when those before it have
// been. Its exit status is that of go test.
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
	for _, packages := range turns(args) {
		status = max(status, goTest(r, packages))
	}
	r.close()
	switch {
	case status == 0 && r.failed > 0: // that go test forgave
		return 1
	case status == 0 && r.passed == 0:
		fmt.Fprintln(os.Stderr, "gotest: no test ran")
		return 1
	}
	return status
}

// turns returns the arguments of one go test after the other: the flags before
// the first package are those of all.
func turns(args []string) [][]string {
	first := slices.IndexFunc(args, func(arg string) bool { return !strings.HasPrefix(arg, "-") })
	if first < 0 {
		return [][]string{args}
	}
	var all [][]string
	turn := slices.Clone(args[:first])
	for _, arg := range args[first:] {
		if arg == "--" {
			all, turn = append(all, turn), slices.Clone(args[:first])
			continue
		}
		turn = append(turn, arg)
	}
	return append(all, turn)
}

// goTest runs one go test into the report.
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
