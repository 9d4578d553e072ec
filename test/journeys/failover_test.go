package journeys

import (
	"slices"
	"strings"
	"syscall"
	"testing"

	"stoa/platform/mail/mailtest"
)

// standby makes another server of the primary's data and starts it.
func (s *Servers) standby(t *testing.T, primary *Node) *Node {
	t.Helper()
	n := s.node(t)
	s.follow(t, n, primary)
	return n
}

// follow fills a server anew from the primary, and starts it as a standby.
func (s *Servers) follow(t *testing.T, n, primary *Node) {
	t.Helper()
	s.run(t, documented(t, "standby"), Env{"PRIMARY_URL": s.admin(primary), "STANDBY_DATA": n.data})
	s.start(t, n)
}

// asks returns whether a query of one server's superuser says true.
func (s *Servers) asks(t *testing.T, n *Node, sql string) bool {
	t.Helper()
	return Ask[bool](t, &App{owner: s.admin(n)}, sql)
}

// The primary is killed under load and its standby promoted: nobody loses what
// was acknowledged, and the replicas find the new primary by themselves. Then
// the old one takes over again, while the other still answers and only reads.
func TestFailover_ToAStandbyAndBack(t *testing.T) {
	t.Parallel()
	s := NewServers(t)
	first := s.nodes[0]
	second := s.standby(t, first)
	s.run(t, documented(t, "synchronous"), Env{"PRIMARY_URL": s.admin(first)})
	Await(t, "synchronous replication", func() bool {
		return s.asks(t, first, "SELECT EXISTS (SELECT FROM pg_stat_replication WHERE sync_state = 'sync')")
	})
	owner := s.url("stoa_owner", rolePasswords["OWNER_PASSWORD"])
	env := defaults(s.url("stoa", rolePasswords["APP_PASSWORD"]), owner).with(wide)
	one, err := serve(t.TempDir(), owner, env)
	if err != nil {
		t.Fatal(err)
	}
	stopWith(t, one)
	two := one.Replica(t)
	one.Log.Forgive()
	two.Log.Forgive()
	b, _ := two.NewcomerInBrowser(t)
	c, _, _ := one.Newcomer(t)
	write := func(app *App, bio string) int {
		return c.On(app).Call("PATCH", "/api/users/me", `{"bio":"`+bio+`"}`).Status
	}

	load := StartLoad(t, one, 4, 0)
	load.GoOn(t)
	first.Signal(t, syscall.SIGKILL)
	Await(t, "somebody to be refused", func() bool { return slices.ContainsFunc(load.Requests(), Request.Refused) })
	for _, app := range []*App{one, two} {
		if got := c.On(app).Get("/api/users/me"); got.Status != 503 || got.Header.Get("Retry-After") == "" {
			t.Errorf("without a database: %d, Retry-After %q; want 503", got.Status, got.Header.Get("Retry-After"))
		}
	}
	s.run(t, documented(t, "promote"), Env{"STANDBY_DATA": second.data})
	for _, app := range []*App{one, two} {
		Await(t, "service on the new primary", func() bool { return write(app, "after") == 200 })
	}
	for _, r := range load.Stop(t) {
		if !r.Served() && !r.Refused() {
			t.Errorf("neither served nor told to come back: %+v", r)
		}
	}
	goesOn(t, one)
	if !b.SignedIn() {
		t.Error("the failover has signed somebody out")
	}

	// Back: the second stops to write, and goes on to answer.
	s.run(t, "rm -r "+first.data)
	s.follow(t, first, second)
	s.run(t, `psql "$URL" --command="ALTER SYSTEM SET default_transaction_read_only = on" --command="SELECT pg_reload_conf()"`, Env{"URL": s.admin(second)})
	Await(t, "a refused write", func() bool { return write(one, "refused") == 503 })
	Await(t, "the standby to have everything", func() bool {
		return s.asks(t, second, "SELECT bool_and(replay_lsn = pg_current_wal_lsn()) FROM pg_stat_replication")
	})
	s.run(t, documented(t, "promote"), Env{"STANDBY_DATA": first.data})
	for _, app := range []*App{one, two} {
		Await(t, "service on the first", func() bool {
			status := write(app, "back")
			if status != 200 && status != 503 {
				t.Fatalf("%d while the server is read-only, want 503", status)
			}
			return status == 200
		})
	}
	goesOn(t, two)
	// A replica's job queue may go on listening there; it looks for jobs as well.
	if n := Ask[int](t, &App{owner: s.admin(second)}, "SELECT count(*)::int FROM pg_stat_activity WHERE usename = 'stoa'"); n > 2 {
		t.Errorf("%d connections are still at the server that was left", n)
	}
}

// goesOn wants people served and mail delivered.
func goesOn(t *testing.T, app *App) {
	t.Helper()
	load := StartLoad(t, app, 2, 0)
	load.GoOn(t)
	load.StopUnharmed(t)
	_, p := app.NewcomerInBrowser(t)
	app.Letter(t, p.Email, VerifyMail, 1)
}

// Over a network that others share the server must be the one of the
// certificate: verify-full lets nobody else be it.
func TestDatabase_TLS(t *testing.T) {
	t.Parallel()
	s := NewServers(t)
	env := production(&App{Env: defaults(s.url("stoa", rolePasswords["APP_PASSWORD"]), s.url("stoa_owner", rolePasswords["OWNER_PASSWORD"]))})
	env = env.with(Env{"SMTP_URL": "smtp://" + mailtest.Start(t).Addr, "MAIL_FROM": "stoa@localhost"})
	if r := Run(t, env, "", "migrate", "up"); r.Status != 0 {
		t.Fatal(r.Out)
	}
	if r := Run(t, env, "", "doctor"); r.Status != 0 {
		t.Errorf("stoa doctor = %d\n%s", r.Status, r.Out)
	}
	other, _ := certificate(t)
	for name, edit := range map[string]*strings.Replacer{
		"another authority": strings.NewReplacer(s.ca, s.write(t, "other.pem", other)),
		"another name":      strings.NewReplacer("@localhost:", "@127.0.0.1:"),
	} {
		r := Run(t, env.with(Env{"DATABASE_URL": edit.Replace(env["DATABASE_URL"])}), "", "doctor")
		if r.Status == 0 || !strings.Contains(r.Out, "certificate") {
			t.Errorf("%s: stoa doctor = %d\n%s", name, r.Status, r.Out)
		}
	}
}
