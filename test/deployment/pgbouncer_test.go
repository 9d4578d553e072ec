package deployment

import (
	"context"
	"strings"
	"testing"

	"stoa/platform/pg/pgtest"
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
