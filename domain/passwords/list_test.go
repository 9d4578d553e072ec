package passwords

import (
	"sort"
	"strings"
	"testing"
)

// isListed finds every line of the list, and no text between two lines.
func TestIsListed(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(commonPasswords, "\n"), "\n")
	if len(lines) < 40_000 || !sort.StringsAreSorted(lines) {
		t.Fatalf("the list has %d lines, sorted: %v", len(lines), sort.StringsAreSorted(lines))
	}
	for _, line := range lines {
		if line != strings.ToLower(line) || len(line) < 3 || strings.TrimSpace(line) != line {
			t.Errorf("the list has %q", line)
		}
		if !isListed(line) {
			t.Errorf("isListed(%q) = false", line)
		}
		if isListed(line + "\x01") {
			t.Errorf("isListed(%q) = true", line+"\x01")
		}
	}
	for _, s := range []string{"", "\x01", "~~~~~~~~~~~~", "\n", lines[0] + "\n" + lines[1]} {
		if isListed(s) {
			t.Errorf("isListed(%q) = true", s)
		}
	}
}
