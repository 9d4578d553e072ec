package reference

import (
	"encoding/json"
	"go/format"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"stoa/views"
)

// received is what a server gets from an example.
type received struct{ Method, Path, Token, Type, Body string }

// Each language sends the same request, with every character of the body as it is.
func TestExamples_SendTheSameRequest(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]request{
		"a body and a token": {http.MethodPatch, "/api/users/me", true, "{\n  \"name\": \"Ada's `x` \\\"é\\\" \\\\ $TOKEN ${TOKEN}\",\n  \"bio\": null,\n  \"on\": true,\n  \"off\": false,\n  \"n\": -1.5\n}"},
		"two parameters":     {http.MethodPut, "/api/orgs/{org}/members/{member_id}", true, ""},
		"nothing":            {http.MethodGet, "/health", false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := received{Method: r.method, Path: strings.NewReplacer("{org}", "acme", "{member_id}", "9").Replace(r.path), Body: r.body}
			if r.token {
				want.Token = "Bearer secret"
			}
			if r.body != "" {
				want.Type, want.Body = "application/json", compact(t, r.body)
			}
			for _, example := range examples(r) {
				got := run(t, example.Lang.ID, views.PlainText(example.Code))
				got.Body = compact(t, got.Body)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", example.Lang.Name, diff)
				}
			}
		})
	}
}

// Go code is shown as gofmt writes it.
func TestExamples_AreFormatted(t *testing.T) {
	t.Parallel()
	for _, noun := range reference(t).Nouns {
		for _, op := range noun.Operations {
			code := views.PlainText(op.Examples[2].Code) + "\n"
			formatted, err := format.Source([]byte(code))
			if err != nil || string(formatted) != code {
				t.Errorf("%s: %v\n%s", op.ID, err, cmp.Diff(string(formatted), code))
			}
		}
	}
}

// runners are the commands that run a file with an example.
var runners = map[string]struct {
	file    string
	command []string
}{
	"curl": {"example.sh", []string{"sh"}},
	"js":   {"example.mjs", []string{"node"}},
	"go":   {"main.go", []string{"go", "run"}},
	"py":   {"example.py", []string{"python3"}},
}

// run runs an example and returns the request that it sends.
func run(t *testing.T, lang, code string) (got received) {
	t.Helper()
	with := runners[lang]
	if _, err := exec.LookPath(with.command[0]); err != nil {
		t.Skipf("no %s on this machine, which the example needs", with.command[0])
	}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got = received{r.Method, r.URL.Path, r.Header.Get("Authorization"), r.Header.Get("Content-Type"), string(body)}
	}))
	defer server.Close()
	file := filepath.Join(t.TempDir(), with.file)
	if err := os.WriteFile(file, []byte(code), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), with.command[0], append(with.command[1:], file)...)
	command.Env = append(os.Environ(), "STOA="+server.URL, "TOKEN=secret", "ORG=acme", "MEMBER_ID=9")
	if said, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s\n%s", lang, err, code, said)
	}
	return got
}

func compact(t *testing.T, text string) string {
	t.Helper()
	if text == "" {
		return ""
	}
	normal, err := json.Marshal(decoded(t, []byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	return string(normal)
}
