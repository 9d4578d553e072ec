package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// event is one line of `go test -json`; see `go doc test2json`.
type event struct {
	Action     string
	Package    string
	ImportPath string // of build output
	Test       string
	Output     string
}

type test struct{ pkg, name string }

// report writes the events as text while they arrive.
type report struct {
	out                     io.Writer
	output                  map[test][]string // of tests that run; name "" is the package
	failures                map[string]int    // per package
	failedNames             []string
	skips                   []string
	passed, failed, skipped int
}

func newReport(out io.Writer) *report {
	return &report{out: out, output: map[test][]string{}, failures: map[string]int{}}
}

// read adds the events of in, until it ends. A line that is not an event is printed
// unchanged.
func (r *report) read(in io.Reader) {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadString('\n')
		var e event
		if json.Unmarshal([]byte(line), &e) == nil {
			r.add(e)
		} else {
			fmt.Fprint(r.out, line)
		}
		if err != nil {
			return
		}
	}
}

func (r *report) add(e event) {
	key := test{e.Package, e.Test}
	switch e.Action {
	case "output":
		r.output[key] = append(r.output[key], e.Output)
	case "build-output":
		fmt.Fprint(r.out, e.Output)
	case "pass", "fail", "skip":
		if e.Test == "" {
			r.endPackage(e)
		} else {
			r.endTest(key, e.Action)
		}
		delete(r.output, key)
	}
}

func (r *report) endTest(key test, action string) {
	switch action {
	case "pass":
		r.passed++
	case "skip":
		r.skipped++
		r.skips = append(r.skips, fmt.Sprintf("%s %s: %s", key.pkg, key.name, r.reason(key)))
	default:
		r.fail(key)
	}
}

func (r *report) fail(key test) {
	r.failed++
	r.failures[key.pkg]++
	r.failedNames = append(r.failedNames, key.pkg+" "+key.name)
	fmt.Fprintf(r.out, "\nFAIL %s %s\n%s\n", key.pkg, key.name, shorten(printed(r.output[key])))
}

// endPackage prints the line of the package. If the package failed without a failed
// test, it did not compile, or its process ended. Its unfinished tests then count
// as failed, or the package itself if it has none.
func (r *report) endPackage(e event) {
	key := test{e.Package, ""}
	switch e.Action {
	case "pass":
		fmt.Fprint(r.out, lastOf(r.output[key]))
	case "fail":
		for _, open := range slices.SortedFunc(maps.Keys(r.output), func(a, b test) int { return strings.Compare(a.name, b.name) }) {
			if open.pkg == e.Package && open.name != "" {
				r.fail(open)
				delete(r.output, open)
			}
		}
		if r.failures[e.Package] == 0 {
			r.fail(key)
		} else {
			fmt.Fprint(r.out, shorten(printed(r.output[key])))
		}
	}
}

// close prints the skipped and failed tests by name, and the counts.
func (r *report) close() {
	r.list("Skipped", r.skips)
	r.list("Failed", r.failedNames)
	fmt.Fprintf(r.out, "\n%d passed, %d failed", r.passed, r.failed)
	if r.skipped > 0 {
		fmt.Fprintf(r.out, ", %d skipped", r.skipped)
	}
	fmt.Fprintln(r.out)
}

func (r *report) list(title string, names []string) {
	if len(names) > 0 {
		fmt.Fprintf(r.out, "\n%s:\n  %s\n", title, strings.Join(names, "\n  "))
	}
}

// reason returns the last line that a skipped test printed.
func (r *report) reason(key test) string {
	var lines []string
	for _, line := range printed(r.output[key]) {
		if !strings.HasPrefix(strings.TrimSpace(line), "--- SKIP") {
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		return "no reason given"
	}
	return strings.TrimSpace(lastOf(lines))
}

// printed returns the output without the lines about starting and pausing.
func printed(output []string) []string {
	return slices.DeleteFunc(slices.Clone(output), func(line string) bool { return strings.HasPrefix(line, "=== ") || line == "PASS\n" })
}

// shorten leaves out the middle of long output, such as the log of a server
// or the stacks of all goroutines.
func shorten(lines []string) string {
	const first, last = 60, 120
	if cut := len(lines) - first - last; cut > 0 {
		note := fmt.Sprintf("... %d lines left out; go test -run shows them ...\n", cut)
		lines = slices.Concat(lines[:first], []string{note}, lines[len(lines)-last:])
	}
	return strings.Join(lines, "")
}

func lastOf(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return lines[len(lines)-1]
}
