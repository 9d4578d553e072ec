// Command mutants undoes our security decisions one at a time, and expects of
// each that the test it names turns red. Run it at the root of the project;
// arguments are the numbers or names of the mutants to try, none for all. Its
// exit status is 1 unless every one was killed.
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
