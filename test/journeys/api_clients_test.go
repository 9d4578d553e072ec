package journeys

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"stoa/test/rig"
)

// Clients that two generators make from openapi.yaml compile, and understand the
// responses of the server.
func TestGeneratedClients(t *testing.T) {
	t.Parallel()
	binary := buildClients(t)
	app := rig.Shared(t)
	for _, generator := range []string{"ogen", "oapi-codegen"} {
		t.Run(generator, func(t *testing.T) {
			t.Parallel()
			u := rig.NewUser()
			flow, err := json.Marshal(map[string]string{
				"Client": generator, "Server": app.Base, "Address": rig.Address(), "Name": u.Name, "Email": u.Email, "Password": u.Password,
			})
			if err != nil {
				t.Fatal(err)
			}
			run(t, ".", bytes.NewReader(flow), binary)
		})
	}
}

// buildClients generates both clients in a copy of their module and returns the
// program that uses them.
func buildClients(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "clients")
	if err := os.CopyFS(dir, os.DirFS("testdata/clients")); err != nil {
		t.Fatal(err)
	}
	document, err := os.ReadFile(filepath.Join(rig.Root(), "handlers/reference/openapi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "openapi.yaml"), document, 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, dir, nil, "go", "generate", ".")
	// The path of the folder, which differs in each run, must not keep the Go
	// command from using the packages it has compiled before.
	run(t, dir, nil, "go", "build", "-trimpath", "-o", "clients", ".")
	return filepath.Join(dir, "clients")
}

func run(t *testing.T, dir string, in io.Reader, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir, cmd.Stdin = dir, in
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", filepath.Base(name), args, err, out)
	}
}
