package main

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"time"
)

// tail is how much of a failed run is shown, in lines.
const tail = 15

// result is a mutant that has been tried.
type result struct {
	verdict, said string
	took          time.Duration
}

// tryAll tries every mutant, after making sure that the tests are green
// without one, writes a table, and returns how many were killed.
func (l lab) tryAll(out io.Writer, mutants []mutant) int {
	without := l.unmutated(mutants)
	places := make(chan struct{}, runtime.NumCPU())
	results := make([]chan result, len(mutants))
	for i, m := range mutants {
		results[i] = make(chan result, 1)
		go func() {
			places <- struct{}{}
			defer func() { <-places }()
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

// outcome tries one mutant, if its test is green without it.
func (l lab) outcome(m mutant, without baseline) result {
	if !without.green(m) {
		return result{verdict: notGreen, said: without.said}
	}
	start := time.Now()
	verdict, said := l.try(m)
	return result{verdict, said, time.Since(start)}
}

func write(out io.Writer, m mutant, r result) {
	fmt.Fprintf(out, "%-16s %5.1fs  %-40s %s %s\n", r.verdict, r.took.Seconds(), m.name, m.pkg, m.test)
	if r.verdict == killed {
		return
	}
	fmt.Fprintf(out, "    undoes: %s (%s)\n", m.undoes, m.source)
	lines := strings.Split(strings.TrimSpace(r.said), "\n")
	for _, line := range lines[max(0, len(lines)-tail):] {
		fmt.Fprintln(out, "    "+line)
	}
}
