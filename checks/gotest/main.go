// Command gotest runs `go test -json` with the arguments it is given and
// prints what a person wants to know: each package in a line, failed tests
// with their output, skipped tests with their reasons, and last the counts of
// tests and subtests. Its exit status is that of go test.
package main

import (
	"fmt"
	"os"
	"os/exec"
)

func main() {
	os.Exit(run(os.Args[1:]))
}

func run(args []string) int {
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
	r := newReport(os.Stdout)
	r.read(out)
	err = cmd.Wait()
	r.close()
	switch status := cmd.ProcessState.ExitCode(); {
	case status > 0:
		return status
	case err != nil || r.failed > 0: // killed by a signal, or a failure that go test forgave
		return 1
	case r.passed == 0:
		fmt.Fprintln(os.Stderr, "gotest: no test ran")
		return 1
	}
	return 0
}
