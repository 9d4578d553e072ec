package deployment

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"path/filepath"
	"strings"
	"testing"

	"stoa/platform/mail/mailtest"
	"stoa/platform/pg/pgtest"
	"stoa/test/rig"
)

// kids returns the public keys of /.well-known/jwks.json.
func kids(t *testing.T, app *rig.App) string {
	t.Helper()
	return string(app.API(t).Get("/.well-known/jwks.json").Is(200).Body)
}

// startAgain starts the stopped server on its database with other settings.
func startAgain(t *testing.T, a *rig.App, env rig.Env) *rig.App {
	t.Helper()
	b, err := rig.Serve(t.TempDir(), a.Owner, a.Env.With(env))
	if err != nil {
		t.Fatal(err)
	}
	rig.StopWith(t, b)
	return b
}

// With a leaked SECRET_KEY nothing opens after the documented steps. Users keep their
// passwords, and browsers their sessions.
func TestLeak_SecretKey(t *testing.T) {
	t.Parallel()
	old := rig.Start(t, rig.Wide)
	c, p, first := old.RegisterAPI(t)
	tokens := c.Refresh(first.Refresh)
	link := old.Link(t, p.Email, rig.VerifyMail, 1)
	browser, known := old.Browser(t), old.Browser(t)
	browser.SignIn(p)
	known.SignIn(p)
	known.Submit(rig.LogoutForm)
	known.SignIn(p)
	known.Submit(rig.LogoutForm)
	if n := old.Emails(t, p.Email, rig.DeviceMail); n > 2 {
		t.Fatalf("%d emails about new devices: the browser is not known", n)
	}
	keys := kids(t, old)
	if err := old.Stop(); err != nil {
		t.Fatal(err)
	}

	key := make([]byte, 32)
	rand.Read(key)
	replaced := rig.Env{"SECRET_KEY": base64.StdEncoding.EncodeToString(key)}
	for want, env := range map[string]rig.Env{
		"set a new SECRET_KEY":             {},
		"SECRET_KEY_PREVIOUS keeps the le": replaced.With(rig.Env{"SECRET_KEY_PREVIOUS": old.Env["SECRET_KEY"]}),
	} {
		if r := rig.Run(t, old.Env.With(env), "", "keys", "leaked"); r.Status != 1 || !strings.Contains(r.Out, want) {
			t.Errorf("stoa keys leaked with the leaked key = %d, want a refusal with %q\n%s", r.Status, want, r.Out)
		}
	}
	out := newOperator(t, old, old.Env).run(t, "leakedkey", replaced)
	for _, want := range []string{"ended    1 sign-ins of API clients\n", "voided   1 one-time links\n", "deleted  1 signing keys"} {
		if !strings.Contains(out, want) {
			t.Errorf("stoa keys leaked does not print %q\n%s", want, out)
		}
	}
	if n := rig.Ask[int](t, old, "SELECT count(*) FROM audit_entries WHERE event = 'secret_key.replaced' AND detail->>'families' = '1'"); n != 1 {
		t.Errorf("%d security events of the replacement, want 1", n)
	}

	now := startAgain(t, old, replaced)
	c = c.On(now)
	c.Get("/api/users/me").Refused(401, "invalid_token")
	c.TryRefresh(tokens.Refresh).Refused(401, "refresh_token_invalid")
	c.TryRefresh(first.Refresh).Refused(401, "refresh_token_invalid")
	if got := kids(t, now); got == keys || strings.Count(got, `"kid"`) != 1 {
		t.Errorf("the signing keys are %s, want one new key", got)
	}
	browser.Use(now)
	if !browser.SignedIn() {
		t.Error("a browser session has ended, although it does not depend on SECRET_KEY")
	}
	reader := now.Browser(t)
	if reader.Open(link).Find(rig.UseForm).Length() != 0 {
		t.Errorf("the one-time link still works: %s", reader.Page.Text("main"))
	}
	known.Use(now)
	known.SignIn(p)
	now.Email(t, p.Email, rig.DeviceMail, 3)
	c.Login(p)
	c.Get("/api/users/me").Is(200)
	if r := rig.Run(t, now.Env, "", "keys", "leaked"); r.Status != 1 || !strings.Contains(r.Out, "nothing is left to end") {
		t.Errorf("a second stoa keys leaked = %d\n%s", r.Status, r.Out)
	}
}

// The tokens of a leaked signing key are refused. Clients refresh them.
func TestLeak_SigningKey(t *testing.T) {
	t.Parallel()
	app := rig.Start(t, rig.Wide)
	c, _, tokens := app.RegisterAPI(t)
	newOperator(t, app, app.Env).run(t, "leakedsigning")
	app.Restart(t)
	c = c.On(app)
	c.Get("/api/users/me").Refused(401, "invalid_token")
	c.Bearer(c.Refresh(tokens.Refresh).Access).Get("/api/users/me").Is(200)
}

// The role has another password, and its connections have ended. The program works
// with the new one.
func TestLeak_DatabasePassword(t *testing.T) {
	t.Parallel()
	at := &rig.App{Owner: pgtest.Empty(t).Owner}
	admin := rig.Superuser(t, at)
	o, urls := ownRoles(t, at, admin, documentedCommands(t, "roles"))
	super := &rig.App{Owner: admin}
	for _, address := range []*string{&urls.App, &urls.Owner} {
		_, role, _ := login(t, *address)
		const stored = "SELECT rolpassword FROM pg_authid WHERE rolname = $1"
		before := rig.Ask[string](t, super, stored, role)
		thief := (&rig.App{Owner: *address}).Connect(t)
		out := strings.Fields(o.shell(t, documentedCommands(t, "leakedpassword")+"\necho $NEW_PASSWORD", rig.Env{"LEAKED_URL": *address}))
		if rig.Ask[string](t, super, stored, role) == before {
			t.Errorf("the password of %s is the same", role)
		}
		if _, err := thief.Exec(context.Background(), "SELECT 1"); err == nil {
			t.Errorf("a connection with the leaked password of %s still works", role)
		}
		*address = urlFor(t, *address, role, out[len(out)-1], o.env["DATABASE_NAME"])
	}
	app, err := rig.Serve(t.TempDir(), urls.Owner, rig.Defaults(urls.App, urls.Owner))
	if err != nil {
		t.Fatal(err)
	}
	rig.StopWith(t, app)
	app.API(t).Register(rig.NewUser())
}

// doctor reports a password that the mail server no longer accepts.
func TestLeak_MailPassword(t *testing.T) {
	t.Parallel()
	app := rig.Start(t)
	server := mailtest.Start(t, mailtest.Password("stoa", "the-new-one"))
	with := func(password string) rig.Env {
		return app.Env.With(rig.Env{"SMTP_URL": "smtp://stoa:" + password + "@" + server.Addr, "MAIL_FROM": "hello@stoa.test"})
	}
	o := newOperator(t, app, app.Env)
	if r := rig.Run(t, with("the-leaked-one"), "", "doctor"); r.Status != 1 || !strings.Contains(r.Out, "wrong mail") {
		t.Errorf("doctor with the leaked password = %d\n%s", r.Status, r.Out)
	}
	if out := o.run(t, "leakedmail", with("the-new-one")); !strings.Contains(out, "ok    mail") {
		t.Errorf("doctor with the new password:\n%s", out)
	}
}

func TestLeak_MetricsToken(t *testing.T) {
	t.Parallel()
	const leaked = "the-leaked-token-of-the-metrics"
	old := rig.Start(t, rig.Env{"METRICS_TOKEN": leaked})
	o := newOperator(t, old, old.Env)
	o.run(t, "leakedmetrics")
	if err := old.Stop(); err != nil {
		t.Fatal(err)
	}
	now := startAgain(t, old, rig.Env{"METRICS_TOKEN": "", "METRICS_TOKEN_FILE": filepath.Join(o.dir, "metrics_token")})
	for token, want := range map[string]int{leaked: 401, strings.TrimSpace(o.shell(t, "cat metrics_token")): 200} {
		now.Browser(t).Fetch("GET", "/metrics", nil, rig.With("Authorization", "Bearer "+token)).Is(want)
	}
}
