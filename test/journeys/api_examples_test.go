package journeys

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"stoa/test/rig"
)

// exampleRunners are the commands that run a file with an example of the API reference.
var exampleRunners = map[string]struct{ command, file string }{
	"curl": {"sh", "example.sh"},
	"js":   {"node", "example.mjs"},
	"go":   {"go run", "main.go"},
	"py":   {"python3", "example.py"},
}

// A user runs the examples of a call with a body and of calls with a token as the page
// shows them, in each language.
func TestReferencePage_ExamplesAreRun(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	page := app.Browser(t).Open("/docs/api/account").Is(200)
	for lang, with := range exampleRunners {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			if _, err := exec.LookPath(strings.Fields(with.command)[0]); err != nil {
				t.Skipf("no %s on this machine, which runs the example", with.command)
			}
			c, _, tokens := app.RegisterAPI(t)
			env := rig.Env{"STOA": app.Base, "TOKEN": tokens.Access}
			for operation, want := range map[string]string{"changeMe": "Ada Lovelace", "getMe": "email"} {
				code := page.Find(`section[aria-labelledby="` + operation + `"] pre[data-lang="` + lang + `"]`).Text()
				dir := t.TempDir()
				if err := os.WriteFile(filepath.Join(dir, with.file), []byte(code), 0o600); err != nil {
					t.Fatal(err)
				}
				if got := rig.Shell(t, dir, env, with.command+" "+with.file); !strings.Contains(got, want) {
					t.Errorf("%s prints %q, want the user\n%s", operation, got, code)
				}
			}
			if name := rig.Decode[map[string]any](c.Get("/api/users/me").Is(200))["name"]; name != "Ada Lovelace" {
				t.Errorf("the example changed the name to %v, want Ada Lovelace", name)
			}
		})
	}
}
