package arch

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// example is a module with one test for each result.
var example = map[string]string{
	"go.mod": "module example\n\ngo 1.26\n",
	"fine/fine_test.go": `package fine
import "testing"
func TestFine(t *testing.T) { t.Run("a \"b\"", func(t *testing.T) {}) }
func TestLater(t *testing.T) { t.Skip("no chromium here") }`,
	"wrong/wrong_test.go": `package wrong
import "testing"
func TestWrong(t *testing.T) { t.Run("sum", func(t *testing.T) { t.Fatal("1+1 = 3, want 2") }) }`,
	"dies/dies_test.go": `package dies
import "testing"
func TestDies(t *testing.T) { go func() { panic("lost the thread") }(); select {} }`,
	"broken/broken_test.go": `package broken
import "testing"
func TestBroken(t *testing.T) { undefined() }`,
}

// tools/report.sh counts tests and subtests, names the failed ones, and fails when
// no test ran.
func TestReport_CountsOfATestRun(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range example {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "test", "-json", "-vet=off", "./...")
	cmd.Dir = dir
	events, _ := cmd.Output() // the exit status is not 0 when a package fails
	out, err := report(events)
	const failed = "\nFailed:\n  example/broken\n  example/dies\n  example/wrong TestWrong/sum\n  example/wrong TestWrong\n"
	if counts := "\n2 passed, 4 failed, 1 skipped\n"; err != nil || !strings.HasSuffix(out, failed+counts) {
		t.Errorf("%v and the report\n%s\nwant the end%s", err, out, failed+counts)
	}
	if out, err := report(nil); err == nil || !strings.HasSuffix(out, "no test ran\n") {
		t.Errorf("%v and the report of an empty run\n%s\nwant a failure", err, out)
	}
}

func report(events []byte) (string, error) {
	cmd := exec.Command("../../tools/report.sh")
	cmd.Stdin = bytes.NewReader(events)
	out, err := cmd.CombinedOutput()
	return string(out), err
}
