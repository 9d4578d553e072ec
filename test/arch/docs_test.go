package arch_test

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

var (
	testFunc  = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	testNamed = regexp.MustCompile("`((?:Test|Fuzz)\\w+)`")
	asvsID    = regexp.MustCompile(`^(–|\d+\.\d+\.\d+(, \d+\.\d+\.\d+)*)$`)
)

// Each row of docs/security.md names tests that exist.
func TestSecurity_EachRowNamesItsTests(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	tests := testsOfTheTree(t)
	rows := 0
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.TrimSpace(line), " | ")
		if len(cells) != 3 || strings.HasPrefix(line, "| protection | ") {
			continue
		}
		rows++
		named := testNamed.FindAllStringSubmatch(cells[2], -1)
		if !asvsID.MatchString(cells[1]) || len(named) == 0 {
			t.Errorf("ASVS %q, %d tests: %s", cells[1], len(named), line)
		}
		for _, name := range named {
			if !tests[name[1]] {
				t.Errorf("there is no %s, which docs/security.md names", name[1])
			}
		}
	}
	if rows < 50 {
		t.Errorf("%d rows were found, want at least 50", rows)
	}
}

func testsOfTheTree(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	root := os.DirFS("../..")
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && name != "." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "node_modules") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(name, "_test.go") {
			return nil
		}
		text, err := fs.ReadFile(root, name)
		for _, match := range testFunc.FindAllStringSubmatch(string(text), -1) {
			found[match[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
