package journeys

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"stoa/test/rig"
	"strings"
	"testing"
)

var (
	// A block of commands and the lines above it, which name the expected statuses.
	commandBlock = regexp.MustCompile("(?s)((?:[^\n`][^\n]*\n)*)```sh\n(.*?)```")
	status       = regexp.MustCompile(`\b[2-5]\d\d\b`)
)

// documentedShell is prepended to each block. It restores the variables of
// earlier blocks and records the status of each response.
const documentedShell = `set -a
[ ! -e kept ] || . ./kept
curl() { command curl --write-out '%{stderr}%{http_code}\n' "$@" 2>>statuses; }
: >statuses
`

// Every command of docs/api.md does what the line above it says, in the order of
// the document.
func TestAPIDocs_CommandsAreRun(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"curl", "jq"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("no %s on this machine, which the commands use", program)
		}
	}
	text, err := os.ReadFile(filepath.Join(rig.Root(), "docs", "api.md"))
	if err != nil {
		t.Fatal(err)
	}
	app := rig.SharedWith(t, limited)
	dir := t.TempDir()
	emails := []string{rig.VerifyMail, rig.ResetMail} // in the order in which the commands need their tokens
	blocks := commandBlock.FindAllStringSubmatch(string(text), -1)
	if n := strings.Count(string(text), "```sh"); n != len(blocks) || n < 10 {
		t.Fatalf("found %d of %d blocks", len(blocks), n)
	}
	for _, block := range blocks {
		expected, commands := block[1], strings.ReplaceAll(block[2], "http://localhost:3000", app.Base)
		if strings.Contains(commands, "$TOKEN") {
			commands = "TOKEN=" + rig.TokenOf(app.Link(t, "ada@example.com", emails[0], 1)) + "\n" + commands
			emails = emails[1:]
		}
		rig.Shell(t, dir, rig.Env{}, documentedShell+commands+"export -p >kept\n")
		got, err := os.ReadFile(filepath.Join(dir, "statuses"))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := distinct(string(got)), distinct(expected); !slices.Equal(got, want) {
			t.Errorf("%s%s: statuses %q, the document has %q", expected, commands, got, want)
		}
	}
}

// distinct returns the statuses in a text, without repetition.
func distinct(text string) []string {
	all := status.FindAllString(text, -1)
	slices.Sort(all)
	return slices.Compact(all)
}
