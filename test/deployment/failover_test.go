package deployment

import (
	"context"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"stoa/platform/mail/mailtest"
	"stoa/test/rig"
)

// startStandby starts a standby of the primary.
func startStandby(t *testing.T, s *rig.Servers, primary *rig.Node) *rig.Node {
	t.Helper()
	n := s.Node(t)
	followPrimary(t, s, n, primary)
	return n
}

// followPrimary copies the primary's data to a server and starts it as a standby.
func followPrimary(t *testing.T, s *rig.Servers, n, primary *rig.Node) {
	t.Helper()
	s.Run(t, documentedCommands(t, "standby"), rig.Env{"PRIMARY_URL": s.Admin(primary), "STANDBY_DATA": n.Data})
	s.Start(t, n)
}

// queryBool reports whether a query of one server's superuser returns true. An
// error and NULL are false: the server may be starting, and a view may have no
// rows yet.
func queryBool(t *testing.T, s *rig.Servers, n *rig.Node, sql string) bool {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.Admin(n))
	if err != nil {
		return false
	}
	defer conn.Close(context.Background())
	var holds *bool
	err = conn.QueryRow(t.Context(), sql).Scan(&holds)
	return err == nil && holds != nil && *holds
}

// The primary is killed under load and its standby promoted. No acknowledged
// write is lost, and the replicas connect to the new primary by themselves. Then
// the old primary takes over again, while the other still runs and is read-only.
func TestFailover_ToAStandbyAndBack(t *testing.T) {
	t.Parallel()
	s := rig.NewServers(t)
	first := s.Nodes[0]
	second := startStandby(t, s, first)
	s.Run(t, documentedCommands(t, "synchronous"), rig.Env{"PRIMARY_URL": s.Admin(first)})
	rig.Await(t, "synchronous replication", func() bool {
		return queryBool(t, s, first, "SELECT EXISTS (SELECT FROM pg_stat_replication WHERE sync_state = 'sync')")
	})
	owner := s.URL("stoa_owner", rig.RolePasswords["OWNER_PASSWORD"])
	env := rig.Defaults(s.URL("stoa", rig.RolePasswords["APP_PASSWORD"]), owner).With(rig.Wide)
	one, err := rig.Serve(t.TempDir(), owner, env)
	if err != nil {
		t.Fatal(err)
	}
	rig.StopWith(t, one)
	two := one.Replica(t)
	one.Log.Forgive()
	two.Log.Forgive()
	b, _ := two.RegisterBrowser(t)
	c, _, _ := one.RegisterAPI(t)
	write := func(app *rig.App, bio string) int {
		return c.On(app).Call("PATCH", "/api/users/me", `{"bio":"`+bio+`"}`).Status
	}

	load := rig.StartLoad(t, one, 4, 0)
	load.GoOn(t)
	first.Signal(t, syscall.SIGKILL)
	rig.Await(t, "a refused request", func() bool { return slices.ContainsFunc(load.Requests(), rig.Request.Refused) })
	for _, app := range []*rig.App{one, two} {
		if got := c.On(app).Get("/api/users/me"); got.Status != 503 || got.Header.Get("Retry-After") == "" {
			t.Errorf("without a database: %d, Retry-After %q; want 503", got.Status, got.Header.Get("Retry-After"))
		}
	}
	s.Run(t, documentedCommands(t, "promote"), rig.Env{"STANDBY_DATA": second.Data})
	for _, app := range []*rig.App{one, two} {
		rig.Await(t, "a write on the new primary", func() bool { return write(app, "after") == 200 })
	}
	for _, r := range load.Stop(t) {
		if !r.Served() && !r.Refused() {
			t.Errorf("neither served nor refused with Retry-After: %+v", r)
		}
	}
	checkServing(t, one)
	if !b.SignedIn() {
		t.Error("the failover signed a user out")
	}

	// The switch back: the second server refuses writes and still serves reads.
	s.Run(t, "rm -r "+first.Data)
	followPrimary(t, s, first, second)
	s.Run(t, `psql "$URL" --command="ALTER SYSTEM SET default_transaction_read_only = on" --command="SELECT pg_reload_conf()"`, rig.Env{"URL": s.Admin(second)})
	rig.Await(t, "a refused write", func() bool { return write(one, "refused") == 503 })
	rig.Await(t, "the standby to replay everything", func() bool {
		return queryBool(t, s, second, "SELECT bool_and(replay_lsn = pg_current_wal_lsn()) FROM pg_stat_replication")
	})
	s.Run(t, documentedCommands(t, "promote"), rig.Env{"STANDBY_DATA": first.Data})
	for _, app := range []*rig.App{one, two} {
		rig.Await(t, "a write on the first primary", func() bool {
			status := write(app, "back")
			if status != 200 && status != 503 {
				t.Fatalf("%d while the server is read-only, want 503", status)
			}
			return status == 200
		})
	}
	checkServing(t, two)
	// The job queue of each replica may keep its LISTEN connection to the second
	// server. It finds jobs without it, because it also polls.
	rig.Await(t, "at most two connections to the second server", func() bool {
		return queryBool(t, s, second, "SELECT count(*) <= 2 FROM pg_stat_activity WHERE usename = 'stoa'")
	})
}

// checkServing requires that requests are served and emails delivered.
func checkServing(t *testing.T, app *rig.App) {
	t.Helper()
	load := rig.StartLoad(t, app, 2, 0)
	load.GoOn(t)
	load.StopAllServed(t)
	_, p := app.RegisterBrowser(t)
	app.Email(t, p.Email, rig.VerifyMail, 1)
}

// With sslmode=verify-full the program connects only to the server of the
// certificate.
func TestDatabase_TLS(t *testing.T) {
	t.Parallel()
	s := rig.NewServers(t)
	env := rig.Defaults(s.URL("stoa", rig.RolePasswords["APP_PASSWORD"]), s.URL("stoa_owner", rig.RolePasswords["OWNER_PASSWORD"])).Production()
	env = env.With(rig.Env{"SMTP_URL": "smtp://" + mailtest.Start(t).Addr, "MAIL_FROM": "stoa@localhost"})
	if r := rig.Run(t, env, "", "migrate", "up"); r.Status != 0 {
		t.Fatal(r.Out)
	}
	if r := rig.Run(t, env, "", "doctor"); r.Status != 0 {
		t.Errorf("stoa doctor = %d\n%s", r.Status, r.Out)
	}
	other, _ := rig.Certificate(t)
	for name, edit := range map[string]*strings.Replacer{
		"another authority": strings.NewReplacer(s.CA, s.Write(t, "other.pem", other)),
		"another name":      strings.NewReplacer("@localhost:", "@127.0.0.1:"),
	} {
		r := rig.Run(t, env.With(rig.Env{"DATABASE_URL": edit.Replace(env["DATABASE_URL"])}), "", "doctor")
		if r.Status == 0 || !strings.Contains(r.Out, "certificate") {
			t.Errorf("%s: stoa doctor = %d\n%s", name, r.Status, r.Out)
		}
	}
}
