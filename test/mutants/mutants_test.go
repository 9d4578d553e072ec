package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

// A module with a guard, a file that is embedded, and their tests.
var module = map[string]string{
	"go.mod":       "module example\n\ngo 1.26\n",
	"door/code.md": "1234",
	"door/door.go": `package door

import _ "embed"

//go:embed code.md
var code string

func Open(typed string) bool {
	if typed != code {
		return false
	}
	return true
}
`,
	"door/door_test.go": `package door

import "testing"

func TestOpen_WrongCode(t *testing.T) {
	if Open("0000") {
		t.Fatal("opens")
	}
}

func TestOpen_RightCode(t *testing.T) {
	if !Open("1234") {
		t.Fatal("stays shut")
	}
}

func TestOpen_IsRed(t *testing.T) { t.Fatal("always") }
`,
}

const header = "Undoes: a wrong code is refused.\nSource: common sense\nTest: ./door %s\n\n"

// guard is a diff that replaces the line of the guard.
func guard(line string) string {
	return "--- a/door/door.go\n+++ b/door/door.go\n@@ -8,3 +8,3 @@\n func Open(typed string) bool {\n-\tif typed != code {\n+\t" + line + "\n \t\treturn false\n"
}

// tried returns the report on one mutant of the module.
func tried(t *testing.T, test, diff string) string {
	t.Helper()
	root, files := t.TempDir(), maps.Clone(module)
	files[folder+"/01-door.patch"] = fmt.Sprintf(header, test) + diff
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	mutants, err := load(os.DirFS(root), nil)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	count := lab{root: root, dir: t.TempDir()}.tryAll(&out, mutants)
	if want := fmt.Sprintf("\n1 mutants, %d killed\n", count); !strings.HasSuffix(out.String(), want) {
		t.Errorf("the report does not end with %q:\n%s", want, out.String())
	}
	return out.String()
}

func TestTryAll_Verdicts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ test, diff, want string }{
		"a test turns red":       {"TestOpen_WrongCode", guard("if false {"), killed},
		"its test stays green":   {"TestOpen_RightCode", guard("if false {"), survived},
		"nonsense":               {"TestOpen_WrongCode", guard("if nonsense {"), broken},
		"the tree has moved on":  {"TestOpen_WrongCode", strings.Replace(guard("if false {"), "typed", "other", 1), stale},
		"the test is gone":       {"TestOpen_Gone", guard("if false {"), notGreen},
		"the test is red anyway": {"TestOpen_IsRed", guard("if false {"), notGreen},
		"an embedded file":       {"TestOpen_RightCode", "--- a/door/code.md\n+++ b/door/code.md\n@@ -1 +1 @@\n-1234\n\\ No newline at end of file\n+4321\n\\ No newline at end of file\n", killed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if out := tried(t, c.test, c.diff); !strings.HasPrefix(out, c.want+" ") || (c.want == killed) != strings.HasSuffix(out, " 1 killed\n") {
				t.Errorf("report:\n%s\nwant %q", out, c.want)
			}
		})
	}
}

func TestLoad_IncompletePatch(t *testing.T) {
	t.Parallel()
	whole := fmt.Sprintf(header, "TestOpen_WrongCode")
	for name, patch := range map[string]string{
		"no header":    guard("if false {"),
		"no reason":    strings.Replace(whole, "Undoes:", "Does:", 1) + guard("if false {"),
		"no source":    strings.Replace(whole, "Source:", "From:", 1) + guard("if false {"),
		"no package":   strings.Replace(whole, "./door ", "", 1) + guard("if false {"),
		"not one test": strings.Replace(whole, "TestOpen_WrongCode", "Test.*", 1) + guard("if false {"),
		"no diff":      whole,
	} {
		fsys := fstest.MapFS{folder + "/01-door.patch": {Data: []byte(patch)}}
		if _, err := load(fsys, nil); err == nil || !strings.Contains(err.Error(), folder+"/01-door.patch") {
			t.Errorf("load(%s) = %v, want it refused by name", name, err)
		}
	}
	fsys := fstest.MapFS{folder + "/01-door.patch": {Data: []byte(whole + guard("if false {"))}}
	for _, names := range [][]string{{"02"}, {"01", "window"}} {
		if _, err := load(fsys, names); err == nil {
			t.Errorf("load(%q) = nil, want unknown names refused", names)
		}
	}
	for _, names := range [][]string{nil, {"01"}, {"01-door"}} {
		if got, err := load(fsys, names); err != nil || len(got) != 1 {
			t.Errorf("load(%q) = %d mutants, %v, want 1", names, len(got), err)
		}
	}
}

// Every patch applies to the tree. When a change breaks a patch, this test fails
// within a second, long before all mutants are tested.
func TestMutants_ApplyAndNameTheirTests(t *testing.T) {
	t.Parallel()
	const root = "../.."
	mutants, err := load(os.DirFS(root), nil)
	if err != nil {
		t.Fatal(err)
	}
	l := lab{root: root, dir: t.TempDir()}
	for _, m := range mutants {
		if _, err := l.mutate(m); err != nil {
			t.Errorf("%s/%s.patch does not apply any more: update it\n%v", folder, m.name, err)
		}
		if !declared(t, filepath.Join(root, m.pkg), m.test) {
			t.Errorf("%s/%s.patch: there is no %s in %s", folder, m.name, m.test, m.pkg)
		}
	}
}

// declared reports whether a test of that name is in the folder.
func declared(t *testing.T, dir, test string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if regexp.MustCompile(`(?m)^func ` + test + `\(`).Match(text) {
			return true
		}
	}
	return false
}
