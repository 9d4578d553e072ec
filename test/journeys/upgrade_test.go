package journeys

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"stoa/platform/freeport"
	"stoa/test/rig"
)

// releaseBefore builds the program of the newest release that is not this very
// commit, and returns its path.
func releaseBefore(t *testing.T) string {
	t.Helper()
	tag, err := exec.Command("git", "-C", rig.Root(), "describe", "--tags", "--abbrev=0", "--match=v*", "HEAD^").Output()
	if err != nil {
		t.Skip("there is no release before this one: git finds no tag v* before HEAD")
	}
	dir, name := t.TempDir(), strings.TrimSpace(string(tag))
	t.Logf("the release before is %s", name)
	binary := filepath.Join(dir, "stoa-before")
	script := `git -C "$1" archive "$2" | tar -x -C "$3" && cd "$3" && go build -buildvcs=false -o "$4" ./cmd/stoa`
	if out, err := exec.Command("bash", "-euo", "pipefail", "-c", script, "bash", rig.Root(), name, dir, binary).CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", name, err, out)
	}
	return binary
}

// A rolling upgrade: the schema is this version's already, and one replica
// still that of the release before.
func TestUpgrade_TheReleaseBeforeRunsBesideThisOne(t *testing.T) {
	t.Parallel()
	binary := releaseBefore(t)
	now := rig.Start(t, rig.Wide) // has migrated
	port, err := freeport.Get()
	if err != nil {
		t.Fatal(err)
	}
	before, err := rig.ServeBy(binary, port, t.TempDir(), now.Owner, now.Env)
	if err != nil {
		t.Fatal(err)
	}
	rig.StopWith(t, before)
	for _, pair := range [][2]*rig.App{{before, now}, {now, before}} {
		here, there := pair[0], pair[1]
		b, p := here.RegisterBrowser(t)
		b.Use(there)
		b.Open("/settings/profile")
		b.Submit(rig.ProfileForm, rig.Values{"name": "Ada King"}).At("/settings/profile")
		c := there.API(t)
		tokens := c.Login(p)
		if name := rig.Decode[rig.APIUser](c.On(here).Get("/api/users/me").Is(200)).Name; name != "Ada King" {
			t.Errorf("the other version reads the name %q", name)
		}
		c.On(here).Call("PATCH", "/api/users/me", `{"bio":"of the one"}`).Is(200)
		if bio := rig.Decode[rig.APIUser](c.On(there).Get("/api/users/me").Is(200)).Bio; bio != "of the one" {
			t.Errorf("the other version reads the bio %q", bio)
		}
		next := refreshed(t, c.On(here), tokens.Refresh)
		c.Bearer(next.Access).Get("/api/users/me").Is(200)
		here.Email(t, p.Email, rig.VerifyMail, 1)
		b.Submit(rig.LogoutForm)
		b.Use(here)
		if b.SignedIn() {
			t.Error("signed out at the one version, signed in at the other")
		}
		other := there.API(t)
		other.Login(p)
		changePassword(c, p.Password, nextPassword).Is(204)
		other.On(here).Get("/api/users/me").Refused(401, "invalid_token")
	}
	before.API(t).Get("/health").Is(200)
}
