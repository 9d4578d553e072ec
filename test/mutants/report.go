package main

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"time"
)

// tail is the number of lines that are shown of a failed run.
const tail = 15

// result is the result of a mutant.
type result struct {
	verdict, output string
	took            time.Duration
}

// tryAll runs the tests without a mutant and then with each mutant. It writes a table
// and returns how many were killed.
func (l lab) tryAll(out io.Writer, mutants []mutant) int {
	without := l.unmutated(mutants)
	slots := make(chan struct{}, runtime.NumCPU())
	results := make([]chan result, len(mutants))
	for i, m := range mutants {
		results[i] = make(chan result, 1)
		go func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			results[i] <- l.outcome(m, without)
		}()
	}
	count := 0
	for i, m := range mutants {
		r := <-results[i]
		if r.verdict == killed {
			count++
		}
		write(out, m, r)
	}
	fmt.Fprintf(out, "\n%d mutants, %d killed\n", len(mutants), count)
	return count
}

// outcome tests one mutant, if its test passes without it.
func (l lab) outcome(m mutant, without baseline) result {
	if !without.green(m) {
		return result{verdict: notGreen, output: without.output}
	}
	start := time.Now()
	verdict, output := l.try(m)
	return result{verdict, output, time.Since(start)}
}

func write(out io.Writer, m mutant, r result) {
	fmt.Fprintf(out, "%-16s %5.1fs  %-40s %s %s\n", r.verdict, r.took.Seconds(), m.name, m.pkg, m.test)
	if r.verdict == killed {
		return
	}
	fmt.Fprintf(out, "    undoes: %s (%s)\n", m.undoes, m.source)
	lines := strings.Split(strings.TrimSpace(r.output), "\n")
	for _, line := range lines[max(0, len(lines)-tail):] {
		fmt.Fprintln(out, "    "+line)
	}
}
