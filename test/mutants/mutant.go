package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// folder is where the patches are, from the root of the project.
const folder = "test/mutants"

// mutant is a unified diff that removes a decision. The lines above the diff name
// the decision, its source and the test that must fail:
//
//	Undoes: an ended session stays ended.
//	Source: ASVS 5.0, 7.4.1
//	Test: ./domain/sessions TestEnd_IsFinal
type mutant struct {
	name      string // of the file without .patch
	undoes    string
	source    string
	pkg, test string
	files     []string // changed by the diff, from the root of the project
	patch     []byte
}

// load reads the mutants with the names or numbers, or all when there are none. It
// returns an error for an unknown name and for a patch with an incomplete header.
func load(fsys fs.FS, names []string) ([]mutant, error) {
	paths, err := fs.Glob(fsys, folder+"/*.patch")
	if err != nil {
		return nil, err
	}
	var mutants []mutant
	for _, file := range paths {
		name := strings.TrimSuffix(path.Base(file), ".patch")
		number, _, _ := strings.Cut(name, "-")
		if len(names) > 0 && !slices.Contains(names, name) && !slices.Contains(names, number) {
			continue
		}
		patch, err := fs.ReadFile(fsys, file)
		if err != nil {
			return nil, err
		}
		m, err := parse(name, patch)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		mutants = append(mutants, m)
	}
	if len(mutants) < max(1, len(names)) {
		return nil, fmt.Errorf("not all of %q are in %s/", names, folder)
	}
	return mutants, nil
}

var testName = regexp.MustCompile(`^Test[A-Za-z0-9_]+$`)

func parse(name string, patch []byte) (mutant, error) {
	m := mutant{name: name, patch: patch}
	lines := bufio.NewScanner(bytes.NewReader(patch))
	for lines.Scan() {
		key, value, _ := strings.Cut(lines.Text(), " ")
		switch key {
		case "Undoes:":
			m.undoes = value
		case "Source:":
			m.source = value
		case "Test:":
			m.pkg, m.test, _ = strings.Cut(value, " ")
		case "+++":
			m.files = append(m.files, strings.TrimPrefix(value, "b/"))
		}
	}
	switch {
	case m.undoes == "" || m.source == "" || !strings.HasPrefix(m.pkg, "./") || !testName.MatchString(m.test):
		return mutant{}, fmt.Errorf("want three lines above the diff: Undoes: …, Source: …, Test: ./package TestName")
	case len(m.files) == 0:
		return mutant{}, fmt.Errorf("changes no file")
	}
	return m, lines.Err()
}
