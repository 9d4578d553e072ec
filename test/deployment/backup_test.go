package deployment

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"stoa/platform/pg/pgtest"
	"stoa/test/rig"
)

// urlFor returns the URL of a database for another role and its password.
func urlFor(t *testing.T, address, role, password, database string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.User, u.Path = url.UserPassword(role, password), "/"+database
	return u.String()
}

// login returns host, role and password of a database URL.
func login(t *testing.T, address string) (host, role, password string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	if host = u.Query().Get("host"); host == "" {
		host = u.Hostname()
	}
	password, _ = u.User.Password()
	return host, u.User.Username(), password
}

// A dump taken during writes is restored into an empty database. Passwords,
// sessions and tokens work there.
func TestBackup_UnderLoadAndBack(t *testing.T) {
	t.Parallel()
	app := rig.Start(t, rig.Wide)
	b, p := app.RegisterBrowser(t)
	c := app.API(t)
	tokens := c.Login(p)
	c.Call("PATCH", "/api/users/me", `{"bio":"written before"}`).Is(200)
	o := newOperator(t, app, rig.Env{"BACKUP_URL": rig.Superuser(t, app)})
	load := rig.StartLoad(t, app, 3, 0)
	load.GoOn(t)
	o.run(t, "backup")
	load.GoOn(t)
	load.StopAllServed(t)
	checkDumpSecrets(t, o, app, b, tokens)
	people := rig.Ask[int](t, app, "select count(*)::int from users")

	empty := pgtest.Empty(t)
	o.run(t, "restore", rig.Env{"DATABASE_OWNER_URL": empty.Owner, "DATABASE_URL": empty.App})
	restored, err := rig.Serve(t.TempDir(), empty.Owner, app.Env.With(rig.Env{"DATABASE_URL": empty.App, "DATABASE_OWNER_URL": empty.Owner}))
	if err != nil {
		t.Fatal(err)
	}
	rig.StopWith(t, restored)
	if got := rig.Ask[int](t, restored, "select count(*)::int from users"); got != people {
		t.Errorf("%d users are restored, want %d", got, people)
	}
	b.Use(restored)
	if !b.SignedIn() {
		t.Error("the session is not restored")
	}
	if bio := rig.Decode[rig.APIUser](c.On(restored).Get("/api/users/me").Is(200)).Bio; bio != "written before" {
		t.Errorf("bio = %q", bio)
	}
	o.run(t, "signout", restored.Env)
	if b.SignedIn() {
		t.Error("the session is valid after all were ended")
	}
	c.On(restored).Get("/api/users/me").Refused(401, "invalid_token")
	c.On(restored).TryRefresh(tokens.Refresh).Refused(401, "refresh_token_invalid")
	restored.Browser(t).SignIn(p)
	restored.API(t).Register(rig.NewUser())
}

// A dump contains nothing with which a client can sign in.
func checkDumpSecrets(t *testing.T, o operator, app *rig.App, b *rig.Browser, tokens rig.Tokens) {
	t.Helper()
	script := o.shell(t, "pg_restore --file=- stoa.dump")
	key, err := base64.StdEncoding.DecodeString(app.Env["SECRET_KEY"])
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(script, "written before") {
		t.Fatal("the dump is of another database")
	}
	for what, secret := range map[string]string{
		"session": b.Cookie("stoa_session").Value, "refresh token": tokens.Refresh, "access token": tokens.Access,
		"SECRET_KEY": app.Env["SECRET_KEY"], "bytes of SECRET_KEY": hex.EncodeToString(key), "password": "seven brass anchors",
	} {
		_, random, dotted := strings.Cut(secret, ".")
		if strings.Contains(script, secret) || dotted && len(random) > 16 && strings.Contains(script, random) {
			t.Errorf("the dump contains a %s", what)
		}
	}
}

// The private server is dumped by the URL in its data directory.
func TestBackup_OfThePrivateServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	app := startEmbedded(t, dir)
	_, p := app.RegisterBrowser(t)
	at, err := os.ReadFile(filepath.Join(dir, "database.dsn"))
	if err != nil {
		t.Fatal(err)
	}
	app.Owner = strings.Replace(string(at), "//stoa@", "//stoa_owner@", 1)
	o := newOperator(t, app, rig.Env{"DATA_DIR": dir})
	o.run(t, "embedded")

	// Another machine: another directory, and a key of its own.
	dir = t.TempDir()
	next := startEmbedded(t, dir)
	next.Log.Forgive() // its database stops while it runs
	o.run(t, "refill", rig.Env{"DATA_DIR": dir})
	if err := next.Stop(); err != nil {
		t.Fatal(err)
	}
	startEmbedded(t, dir).Browser(t).SignIn(p)
}
