package deployment

import (
	"testing"

	"stoa/test/rig"
)

// verifyMail is in the subject of the email of a registration, of this release and of the
// one before.
const verifyMail = "your email address"

// programBefore returns the path of the program that an upgrade replaces.
func programBefore(t *testing.T) string {
	t.Helper()
	binary, err := rig.BuildBefore()
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

// During a rolling upgrade the schema is already that of this version, while one
// replica still runs the program before.
func TestUpgrade_TheReleaseBeforeRunsBesideThisOne(t *testing.T) {
	t.Parallel()
	binary := programBefore(t)
	now := rig.Start(t, rig.Wide) // has migrated
	before := rig.StartBy(t, binary, now.Env)
	for _, pair := range [][2]*rig.App{{before, now}, {now, before}} {
		here, there := pair[0], pair[1]
		b, p := here.RegisterBrowser(t)
		b.Use(there)
		b.Open("/settings/profile")
		b.Submit(rig.ProfileForm, rig.Values{"name": "Ada King"}).At("/settings/profile")
		c := there.API(t)
		tokens := c.Login(p)
		if name := rig.Decode[rig.APIUser](c.On(here).Get("/api/users/me").Is(200)).Name; name != "Ada King" {
			t.Errorf("the other version returns the name %q", name)
		}
		c.On(here).Call("PATCH", "/api/users/me", `{"bio":"of the one"}`).Is(200)
		if bio := rig.Decode[rig.APIUser](c.On(there).Get("/api/users/me").Is(200)).Bio; bio != "of the one" {
			t.Errorf("the other version returns the bio %q", bio)
		}
		next := c.On(here).Refresh(tokens.Refresh)
		c.Bearer(next.Access).Get("/api/users/me").Is(200)
		here.Email(t, p.Email, verifyMail, 1)
		b.Submit(rig.LogoutForm)
		b.Use(here)
		if b.SignedIn() {
			t.Error("signed out at one version, the browser is still signed in at the other")
		}
		other := there.API(t)
		other.Login(p)
		c.Call("PUT", "/api/users/me/password", map[string]string{"current_password": p.Password, "password": "eleven paper lanterns"}).Is(204)
		other.On(here).Get("/api/users/me").Refused(401, "invalid_token")
	}
	before.API(t).Get("/health").Is(200)
}
