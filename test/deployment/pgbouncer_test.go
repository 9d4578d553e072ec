package deployment

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"stoa/platform/pg/pgtest"
	"stoa/platform/pgserver"
	"stoa/test/rig"
)

// startBehindPgBouncer is Start with PgBouncer before the database.
func startBehindPgBouncer(t *testing.T, edits ...string) (*rig.App, *rig.PgBouncer) {
	t.Helper()
	db := pgtest.New(t)
	pooler := rig.NewPgBouncer(t, db.App, edits...)
	app, err := rig.Serve(t.TempDir(), db.Owner, rig.Defaults(pooler.URL, db.Owner).With(rig.Wide))
	if err != nil {
		t.Fatal(err)
	}
	rig.StopWith(t, app)
	return app, pooler
}

// Two replicas with many more connections than PgBouncer has to the server.
func TestPgBouncer_TwoReplicas(t *testing.T) {
	t.Parallel()
	one, _ := startBehindPgBouncer(t, "default_pool_size = 20", "default_pool_size = 3")
	two := one.Replica(t)
	b, p := one.RegisterBrowser(t)
	one.Email(t, p.Email, rig.VerifyMail, 1)
	b.Use(two)
	b.Open("/settings/profile")
	b.Submit(rig.ProfileForm, rig.Values{"name": "Ada King"}).At("/settings/profile")
	c := two.API(t)
	tokens := c.Login(p)
	next := c.On(one).Refresh(tokens.Refresh)
	c.Bearer(next.Access).Get("/api/users/me").Is(200)

	load := rig.StartLoad(t, one, 1, 0)
	more := rig.StartLoad(t, two, 1, 0)
	load.GoOn(t)
	more.GoOn(t)
	load.StopAllServed(t)
	more.StopAllServed(t)

	b.Submit(rig.LogoutForm)
	b.Use(one)
	if b.SignedIn() {
		t.Error("signed out on one replica, signed in on the other")
	}
	c.Get("/health").Is(200)
	if r := rig.Run(t, one.Env, "", "doctor"); r.Status != 0 {
		t.Errorf("stoa doctor = %d\n%s", r.Status, r.Out)
	}
	if n := rig.Ask[int](t, one, "SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND usename <> current_user"); n > 3 {
		t.Errorf("PgBouncer has %d connections to the server, want 3 at most", n)
	}
}

// Without the documented parameter no process starts. Each command says which
// parameter is missing, and the private part of the URL is in no message.
func TestPgBouncer_WithoutTheParameter(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	pooler := rig.NewPgBouncer(t, db.App)
	app, err := url.Parse(pooler.URL)
	if err != nil {
		t.Fatal(err)
	}
	app.RawQuery = "sslmode=disable"
	password, _ := app.User.Password()
	env := rig.Defaults(app.String(), db.Owner).With(rig.Env{"START_TIMEOUT": "0s", "PORT": "0", "DATA_DIR": t.TempDir()})
	for _, args := range []string{"serve", "work", "doctor", "user list"} {
		r := rig.Run(t, env, "", strings.Fields(args)...)
		if r.Status != 1 || !strings.Contains(r.Out, "add default_query_exec_mode=cache_describe to DATABASE_URL") || strings.Contains(r.Out, password) {
			t.Errorf("stoa %s = %d, want a message that names the parameter\n%s", args, r.Status, r.Out)
		}
	}
}

// PgBouncer refuses a parameter of the URL beside the mode, and any parameter of the
// owner. The message says what to do about the one that it refuses.
func TestPgBouncer_OtherParameters(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	pooler := rig.NewPgBouncer(t, db.App)
	at, err := url.Parse(pooler.URL)
	if err != nil {
		t.Fatal(err)
	}
	role, direct := at.User.Username(), strings.Replace(pooler.URL, "&default_query_exec_mode=cache_describe", "", 1)
	for _, tt := range []struct{ app, owner, want string }{
		{pooler.URL + "&search_path=public", db.Owner, "remove search_path from DATABASE_URL and run ALTER ROLE " + role + " SET search_path = public"},
		{pooler.URL + "&statement_timeout=7s", db.Owner, "remove statement_timeout from DATABASE_URL and run ALTER ROLE " + role + " SET statement_timeout = '7s'"},
		{pooler.URL, direct, "set DATABASE_OWNER_URL to PostgreSQL's own address"},
		{direct, "", "add default_query_exec_mode=cache_describe to DATABASE_URL"},
	} {
		env := rig.Defaults(tt.app, tt.owner).With(rig.Env{"PORT": "0", "DATA_DIR": t.TempDir()})
		for _, args := range []string{"serve", "doctor", "user list"} {
			r := rig.Run(t, env, "", strings.Fields(args)...)
			if r.Status != 1 || !strings.Contains(r.Out, tt.want) || tt.app != direct && strings.Contains(r.Out, "add default_query_exec_mode") {
				t.Errorf("stoa %s = %d, want %q\n%s", args, r.Status, tt.want, r.Out)
			}
		}
	}
	rig.On(pgserver.URLs{Owner: rig.Superuser(t, rig.On(pgserver.URLs{Owner: db.Owner}))}).Exec(t, "ALTER ROLE "+role+" IN DATABASE "+strings.TrimPrefix(at.Path, "/")+" SET search_path = public")
	if r := rig.Run(t, rig.Defaults(pooler.URL, db.Owner), "", "doctor"); r.Status != 0 {
		t.Errorf("stoa doctor after the advised statement = %d\n%s", r.Status, r.Out)
	}
}

// Each of the three modes serves a user, also when the server's DateStyle is one that
// the text format of two of the modes cannot be read in.
func TestPgBouncer_Modes(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"cache_describe", "exec", "simple_protocol"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			db := pgtest.New(t)
			pooler := rig.NewPgBouncer(t, db.App, "connect_query='", "connect_query='SET datestyle = ''SQL, DMY''; ")
			env := rig.Defaults(strings.Replace(pooler.URL, "cache_describe", mode, 1), db.Owner)
			app, err := rig.Serve(t.TempDir(), db.Owner, env.With(rig.Wide))
			if err != nil {
				t.Fatal(err)
			}
			rig.StopWith(t, app)
			serveUser(t, app)
			if r := rig.Run(t, app.Env, "", "doctor"); r.Status != 0 {
				t.Errorf("stoa doctor = %d\n%s", r.Status, r.Out)
			}
		})
	}
}

// serveUser uses every kind of statement: times, addresses, JSON and lists as
// parameters and as results, jobs, and an export and deletion of everything.
func serveUser(t *testing.T, app *rig.App) {
	t.Helper()
	b, p := app.RegisterBrowser(t)
	b.Open(app.Link(t, p.Email, rig.VerifyMail, 1))
	b.Submit(rig.UseForm)
	b.Open("/settings/profile")
	b.Submit(rig.ProfileForm, rig.Values{"name": "Ada King", "bio": `it's a "quoted" \ bio`}).At("/settings/profile")
	c := app.API(t)
	tokens := c.Refresh(c.Login(p).Refresh)
	c = c.Bearer(tokens.Access)
	if n := len(c.Sessions()); n != 2 {
		t.Errorf("%d sessions, want 2", n)
	}
	c.Post("/api/auth/forgot-password", map[string]string{"email": p.Email}).Is(202)
	app.Link(t, p.Email, rig.ResetMail, 1)
	if export := c.Post("/api/users/me/export", map[string]string{"password": p.Password}).Is(200); !strings.Contains(string(export.Body), `it's a \"quoted\"`) {
		t.Errorf("the export lacks the bio: %s", export.Body)
	}
	b.Open("/dev/mail?q=password").Is(200)
	c.TryLogin(p.Email, "eleven paper lanterns").Is(401)
	c.Call("DELETE", "/api/users/me", map[string]string{"password": p.Password}).Is(204)
	app.Email(t, p.Email, rig.ClosedMail, 1)
}

// Behind PgBouncer too, PostgreSQL ends statements that hang.
func TestPgBouncer_TimeoutsHold(t *testing.T) {
	t.Parallel()
	app, _ := startBehindPgBouncer(t)
	app.Log.Forgive()
	c, p, _ := app.RegisterAPI(t)
	release := lockRows(t, app, "SELECT FROM users WHERE email = $1 FOR UPDATE", p.Email)
	c.Call("PATCH", "/api/users/me", `{"bio":"waits"}`).Is(503)
	rig.Await(t, "the reason in the log", func() bool { return strings.Contains(app.Log.String(), "due to lock timeout") })
	release()
	c.Call("PATCH", "/api/users/me", `{"bio":"is there"}`).Is(200)
}

// Without the sample's timeouts no statement would be ended. The program warns
// about it.
func TestPgBouncer_WarnsAboutMissingTimeouts(t *testing.T) {
	t.Parallel()
	app, _ := startBehindPgBouncer(t, "SET lock_timeout = ''3s'';", "")
	rig.Await(t, "a warning", func() bool { return strings.Contains(app.Log.String(), "hang for ever: lock_timeout;") })
	if r := rig.Run(t, app.Env, "", "doctor"); r.Status == 0 || !strings.Contains(r.Out, "wrong timeouts") {
		t.Errorf("stoa doctor = %d\n%s", r.Status, r.Out)
	}
}

func TestPgBouncer_TheDatabaseIsAwayForAWhile(t *testing.T) {
	t.Parallel()
	app, pooler := startBehindPgBouncer(t)
	app.Log.Forgive()
	c, _, _ := app.RegisterAPI(t)
	pooler.FaultProxy.Shut()
	if got := c.Get("/api/users/me"); got.Status != 503 || got.Header.Get("Retry-After") == "" {
		t.Errorf("%d with Retry-After %q, want 503", got.Status, got.Header.Get("Retry-After"))
	}
	pooler.FaultProxy.Open()
	rig.Await(t, "the server to serve again", func() bool { return c.Get("/api/users/me").Status == 200 })
}

// lockRows locks in another transaction what the query locks, until release.
func lockRows(t *testing.T, app *rig.App, sql string, args ...any) (release func()) {
	t.Helper()
	conn := app.Connect(t)
	tx, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
	return func() { conn.Close(context.Background()) }
}
