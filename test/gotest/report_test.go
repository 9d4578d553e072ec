package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A module with one test for each result, run by the real go test.
var module = map[string]string{
	"go.mod": "module example\n\ngo 1.26\n",
	"fine/fine_test.go": `package fine
import "testing"
func TestFine(t *testing.T) { t.Run("a", func(t *testing.T) { t.Log("quiet") }); t.Run("b", func(t *testing.T) {}) }
func TestLater(t *testing.T) { t.Skip("no chromium here") }`,
	"wrong/wrong_test.go": `package wrong
import "testing"
func TestWrong(t *testing.T) { t.Run("sum", func(t *testing.T) { t.Fatal("1+1 = 3, want 2") }) }`,
	"dies/dies_test.go": `package dies
import "testing"
func TestDies(t *testing.T) { go func() { panic("lost the thread") }(); select {} }`,
	"exits/exits_test.go": `package exits
import ("os"; "testing")
func TestMain(m *testing.M) { m.Run(); os.Exit(3) }
func TestExits(t *testing.T) {}`,
	"chatty/chatty_test.go": `package chatty
import "testing"
func TestChatty(t *testing.T) { for i := range 1000 { t.Log("line", i) }; t.Fatal("at last") }`,
	"broken/broken_test.go": `package broken
import "testing"
func TestBroken(t *testing.T) { undefined() }`,
}

func reportOf(t *testing.T, packages ...string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range module {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", append([]string{"test", "-json", "-vet=off"}, packages...)...)
	cmd.Dir = dir
	events, _ := cmd.Output() // the exit status is not 0 when a package fails
	var out bytes.Buffer
	r := newReport(&out)
	r.read(bytes.NewReader(events))
	r.close()
	return out.String()
}

func TestReport_CountsTestsAndSubtests(t *testing.T) {
	t.Parallel()
	out := reportOf(t, "./fine")
	if !strings.HasSuffix(out, "\n3 passed, 0 failed, 1 skipped\n") {
		t.Fatalf("report:\n%s\nwant 3 passed (a test and two subtests), 1 skipped", out)
	}
	if !strings.Contains(out, "example/fine TestLater: fine_test.go:4: no chromium here\n") || strings.Contains(out, "quiet") || !strings.Contains(out, "ok  \texample/fine") {
		t.Fatalf("report:\n%s\nwant the package, the reason, and nothing of tests that passed", out)
	}
}

func TestReport_ShowsFailuresAndCountsEachOnce(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		pkg, counts string
		shows       []string
	}{
		{"./wrong", "0 passed, 2 failed", []string{"FAIL example/wrong TestWrong/sum", "wrong_test.go:3: 1+1 = 3, want 2"}},
		{"./dies", "0 passed, 1 failed", []string{"FAIL example/dies TestDies", "panic: lost the thread", "dies_test.go:3"}},
		{"./exits", "1 passed, 1 failed", []string{"FAIL example/exits", "FAIL\texample/exits"}},
		{"./chatty", "0 passed, 1 failed", []string{"line 0\n", "lines left out", "line 999\n", "at last", "\nFailed:\n  example/chatty TestChatty\n"}},
		{"./broken", "0 passed, 1 failed", []string{"undefined: undefined"}},
	} {
		out := reportOf(t, tt.pkg)
		if !strings.HasSuffix(out, "\n"+tt.counts+"\n") {
			t.Fatalf("%s: the report does not end with %q:\n%s", tt.pkg, tt.counts, out)
		}
		if lines := strings.Count(out, "\n"); lines > 220 {
			t.Fatalf("%s: the report has %d lines, want the middle left out", tt.pkg, lines)
		}
		for _, part := range tt.shows {
			if !strings.Contains(out, part) {
				t.Fatalf("%s: report lacks %q:\n%s", tt.pkg, part, out)
			}
		}
	}
}

func TestReport_PrintsOtherLines(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	r := newReport(&out)
	r.read(strings.NewReader("go: downloading something\n"))
	if r.close(); out.String() != "go: downloading something\n\n0 passed, 0 failed\n" {
		t.Fatalf("report = %q, want the line unchanged", out.String())
	}
}
