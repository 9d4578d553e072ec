package journeys

import (
	"stoa/test/rig"
	"strings"
	"testing"
)

// Seeded users can sign in and see their name, sessions and audit entries. A
// repeated command creates only the missing users.
func TestCommand_Seed(t *testing.T) {
	t.Parallel()
	app := rig.Start(t, rig.Wide)
	p := rig.User{Email: "user-7@example.com", Password: "three words and more"}
	if out := runCommand(t, app, "", "seed", "--users", "12"); !strings.Contains(out, "12 people made") || !strings.Contains(out, p.Password) {
		t.Errorf("stoa seed prints %q", out)
	}
	if out := runCommand(t, app, "", "seed", "--users=12"); !strings.Contains(out, "nothing to do") {
		t.Errorf("a second stoa seed prints %q", out)
	}
	// More than one transaction inserts.
	if out := runCommand(t, app, "", "seed", "--users", "2500"); !strings.Contains(out, "2488 people made, user-13@example.com to user-2500@example.com") {
		t.Errorf("a continued stoa seed prints %q", out)
	}
	if n := rig.Ask[int](t, app, "SELECT count(*)::int FROM users"); n != 2500 {
		t.Errorf("%d users, want 2500", n)
	}
	b := app.Browser(t)
	b.SignIn(p)
	if name := b.Open("/settings/profile").Value("name"); name == "" || strings.HasPrefix(name, "user") {
		t.Errorf("the name is %q", name)
	}
	b.Open("/settings/sessions").At("/settings/sessions")
	c := app.API(t)
	c.Login(p)
	if n := len(c.Sessions()); n != 4 {
		t.Errorf("%d sessions, want the seeded browser, the seeded API client and ours", n)
	}
	if r := rig.Run(t, app.Env, "", "doctor"); r.Status != 0 {
		t.Errorf("stoa doctor = %d\n%s", r.Status, r.Out)
	}
}

func TestCommand_SeedIsRefusedInProduction(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	r := rig.Run(t, app.Env.Production(), "", "seed", "--users", "1")
	if r.Status != 1 || !strings.Contains(r.Out, "refused in production") {
		t.Errorf("exit status %d with\n%s", r.Status, r.Out)
	}
	if n := rig.Ask[int](t, app, "SELECT count(*)::int FROM users WHERE email LIKE 'user-%@example.com'"); n != 0 {
		t.Errorf("%d users were inserted", n)
	}
	if r := rig.Run(t, app.Env, "", "seed", "--users", "-1"); r.Status == 0 {
		t.Errorf("-1 users: %s", r.Out)
	}
}
