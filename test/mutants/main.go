// Command mutants removes the security decisions of the program one at a time, and
// expects that the test named by each patch fails. Run it at the root of the
// project. Arguments are the numbers or names of mutants; without arguments it
// tests all. The exit status is 1 unless every mutant was killed.
package main

import (
	"fmt"
	"os"
)

func main() {
	os.Exit(run(os.Args[1:]))
}

func run(names []string) int {
	mutants, err := load(os.DirFS("."), names)
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		return 1
	}
	dir, err := os.MkdirTemp("", "stoa-mutants-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		return 1
	}
	defer os.RemoveAll(dir)
	l := lab{root: ".", dir: dir}
	if killed := l.tryAll(os.Stdout, mutants); killed < len(mutants) {
		return 1
	}
	return 0
}
