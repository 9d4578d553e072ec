package main

import (
	"slices"
	"strings"
	"testing"
)

func TestSplit_KeepsFlags(t *testing.T) {
	t.Parallel()
	for args, want := range map[string][]string{
		"-race ./...":               {"-race ./..."},
		"-race -p=2 ./a ./b -- ./c": {"-race -p=2 ./a ./b", "-race -p=2 ./c"},
		"-race":                     {"-race"},
		"./a":                       {"./a"},
	} {
		var got []string
		for _, run := range split(strings.Fields(args)) {
			got = append(got, strings.Join(run, " "))
		}
		if !slices.Equal(got, want) {
			t.Errorf("split(%s) = %q, want %q", args, got, want)
		}
	}
}
