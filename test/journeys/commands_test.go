package journeys

import (
	"stoa/test/rig"
	"strings"
	"testing"
)

// runCommand runs a command on the app's database. It ends the test unless the
// exit status is 0.
func runCommand(t *testing.T, app *rig.App, stdin string, args ...string) string {
	t.Helper()
	r := rig.Run(t, app.Env, stdin, args...)
	if r.Status != 0 {
		t.Fatalf("stoa %s = %d\n%s", strings.Join(args, " "), r.Status, r.Out)
	}
	return r.Out
}

func TestCommand_UserCreate(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	p := rig.NewUser()
	runCommand(t, app, p.Password+"\n", "user", "create", p.Email, "--name", p.Name)
	if got := app.API(t).Login(p).User; got.Name != p.Name || got.Email != p.Email {
		t.Errorf("user = %+v, want %+v", got, p)
	}
	for why, r := range map[string]rig.Result{
		"taken":            rig.Run(t, app.Env, p.Password+"\n", "user", "create", strings.ToUpper(p.Email)),
		"no password":      rig.Run(t, app.Env, "", "user", "create", rig.NewUser().Email),
		"short password":   rig.Run(t, app.Env, "short\n", "user", "create", rig.NewUser().Email),
		"no address":       rig.Run(t, app.Env, p.Password+"\n", "user", "create", "nobody"),
		"missing argument": rig.Run(t, app.Env, p.Password+"\n", "user", "create"),
	} {
		if r.Status == 0 || strings.Contains(r.Out, "goroutine") || strings.Contains(r.Out, "SQLSTATE") || strings.TrimSpace(r.Out) == "" {
			t.Errorf("%s: exit status %d with\n%s", why, r.Status, r.Out)
		}
	}
}

func TestCommand_UserListShowsEveryone(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	_, p, tokens := app.RegisterAPI(t)
	out := runCommand(t, app, "", "user", "list")
	if !strings.Contains(out, p.Email) || !strings.Contains(out, tokens.User.ID) {
		t.Errorf("the list lacks %s", p.Email)
	}
	if strings.Contains(out, "$2a$") {
		t.Error("the list shows password hashes")
	}
}

func TestCommand_UserDisableEndsEverything(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	c, p, tokens := app.RegisterAPI(t)
	b := app.Browser(t)
	b.SignIn(p)
	runCommand(t, app, "", "user", "disable", strings.ToUpper(p.Email))
	if b.SignedIn() {
		t.Error("the browser of a disabled user is signed in")
	}
	c.Get("/api/users/me").Refused(401, "invalid_token")
	c.TryRefresh(tokens.Refresh).Refused(401, "refresh_token_invalid")
	app.API(t).TryLogin(p.Email, p.Password).Refused(401, "invalid_credentials")
	runCommand(t, app, "", "user", "disable", p.Email) // a second time is not an error

	runCommand(t, app, "", "user", "enable", p.Email)
	if b.SignedIn() {
		t.Error("enabling restored an old session")
	}
	c.Get("/api/users/me").Refused(401, "invalid_token")
	app.API(t).Login(p)
}

func TestCommand_UserResetPassword(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	c, p, _ := app.RegisterAPI(t)
	b := app.Browser(t)
	b.SignIn(p)
	if r := rig.Run(t, app.Env, "short\n", "user", "reset-password", p.Email); r.Status == 0 {
		t.Error("a short password is accepted")
	}
	c.Get("/api/users/me").Is(200)
	if out := runCommand(t, app, nextPassword+"\n", "user", "reset-password", p.Email); strings.Contains(out, nextPassword) {
		t.Error("the password is printed")
	}
	if b.SignedIn() {
		t.Error("a browser is still signed in")
	}
	c.Get("/api/users/me").Refused(401, "invalid_token")
	app.API(t).TryLogin(p.Email, p.Password).Refused(401, "invalid_credentials")
	p.Password = nextPassword
	app.API(t).Login(p)
}

func TestCommand_UserPromote(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	_, p, _ := app.RegisterAPI(t)
	runCommand(t, app, "", "user", "promote", p.Email)
	if !rig.Ask[bool](t, app, "select admin from users where email_key = $1", p.Email) {
		t.Error("the account is not an administrator")
	}
}

func TestCommand_UnknownAddressIsRefused(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	for _, verb := range []string{"disable", "enable", "promote", "reset-password"} {
		if r := rig.Run(t, app.Env, nextPassword+"\n", "user", verb, rig.NewUser().Email); r.Status == 0 || strings.Contains(r.Out, "no rows") {
			t.Errorf("user %s of an unknown account: exit status %d with\n%s", verb, r.Status, r.Out)
		}
	}
}

func TestCommand_MigrateStatusAndUp(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	if out := runCommand(t, app, "", "migrate", "status"); strings.Contains(out, "missing") || !strings.Contains(out, "applied") {
		t.Errorf("migrate status:\n%s", out)
	}
	runCommand(t, app, "", "migrate", "up")
}

// Variables of libpq that the program does not read do not lead psql elsewhere.
func TestCommand_PsqlConnectsWhereServeDoes(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	env := app.Env.With(rig.Env{"PGHOSTADDR": "203.0.113.1", "PGREQUIREPEER": "another", "PGSSLCRL": "/nowhere", "PGGSSENCMODE": "require", "PGCLIENTENCODING": "none"})
	if r := rig.Run(t, env, "", "psql", "--", "-XAtc", "select count(*) from users"); r.Status != 0 {
		t.Errorf("stoa psql = %d\n%s", r.Status, r.Out)
	}
}

func TestCommand_VersionAndHelp(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		"stoa": {"version"}, "serve": {"help"}, "TRUSTED_PROXIES": {"help", "serve"}, "PASSWORD_MIN_LENGTH": {"help", "serve"},
	} {
		if r := rig.Run(t, rig.Env{}, "", args...); r.Status != 0 || !strings.Contains(r.Out, want) {
			t.Errorf("stoa %s = %d without %s:\n%s", strings.Join(args, " "), r.Status, want, r.Out)
		}
	}
	if r := rig.Run(t, rig.Env{}, "", "nonsense"); r.Status == 0 {
		t.Error("an unknown command returned no error")
	}
}

func TestCommand_Doctor(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	if out := runCommand(t, app, "", "doctor"); len(strings.Split(strings.TrimSpace(out), "\n")) < 3 {
		t.Errorf("the output of doctor is incomplete:\n%s", out)
	}
	if r := rig.Run(t, app.Env.With(rig.Env{"PORT": "abc"}), "", "doctor"); r.Status != 1 || !strings.Contains(r.Out, "PORT") {
		t.Errorf("doctor of wrong settings = %d\n%s", r.Status, r.Out)
	}
	if r := rig.Run(t, app.Env.With(rig.Env{"DATABASE_URL": "postgres://stoa@127.0.0.1:1/stoa", "DATABASE_OWNER_URL": ""}), "", "doctor"); r.Status != 1 {
		t.Errorf("exit status %d without the database, want 1\n%s", r.Status, r.Out)
	}
}
