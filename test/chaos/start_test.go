package chaos

import (
	"maps"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"stoa/platform/pg/pgtest"
	"stoa/platform/pgserver"
	"stoa/test/rig"
)

// A process that cannot start logs the reason and exits, and its supervisor starts
// it again. TestProcess_WrongSettingsEndTheStart covers every wrong setting.
func TestStart(t *testing.T) {
	parallel(t)
	r := newRow(t, "start with wrong settings, without a database, killed while starting", "exits < 1 s naming the variable; a later start succeeds")
	db := pgtest.Empty(t)
	proxy, through := rig.NewFaultProxy(t, db.Owner)
	env := rig.Env{"DATABASE_URL": db.App, "DATABASE_OWNER_URL": through, "PORT": "0", "BCRYPT_COST": "10", "START_TIMEOUT": "1s"}
	ends := func(why string, limit time.Duration, named string, change rig.Env) {
		settings := maps.Clone(env)
		maps.Copy(settings, change)
		got := rig.Run(t, settings, "", "serve")
		r.within(why+": exits after", got.Took, limit)
		if got.Status == 0 || !strings.Contains(got.Out, named) {
			t.Errorf("%s: status %d with\n%s\nwant an error that names %s", why, got.Status, got.Out, named)
		}
	}
	ends("a wrong setting", time.Second, "LIMIT_LOGIN", rig.Env{"LIMIT_LOGIN": "often"})
	proxy.Shut()
	ends("no database", 5*time.Second, "DATABASE_OWNER_URL", nil)
	proxy.Open()
	proxy.Hold()
	ends("a silent database", 5*time.Second, "DATABASE_OWNER_URL", nil)
	proxy.Open()
	for _, moment := range []int{5, 50, 200, 500} { // ms
		p := rig.Launch(t, env, "serve")
		pass(t, time.Now(), time.Duration(moment)*time.Millisecond)
		p.Signal(t, syscall.SIGKILL)
	}
	begun := time.Now()
	app := rig.StartOn(t, pgserver.URLs{App: db.App, Owner: through})
	app.RegisterAPI(t)
	r.within("after four kills it serves within", time.Since(begun), 5*time.Second)
}

// TestMigrate kills a process while it holds the lock of migrations, and then
// runs five at once.
func TestMigrate(t *testing.T) {
	parallel(t)
	r := newRow(t, "five replicas migrate at once, one of them is killed", "each version once; the killed process leaves no lock")
	db := pgtest.Empty(t)
	owner := rig.On(pgserver.URLs{App: db.App, Owner: db.Owner})
	patient, err := url.Parse(db.Owner)
	if err != nil {
		t.Fatal(err)
	}
	patient.RawQuery += "&lock_timeout=1min" // longer than the waits of the test: no lock timeout ends the killed session
	env := rig.Env{"DATABASE_URL": db.App, "DATABASE_OWNER_URL": patient.String()}
	// This table blocks the first migration, which waits while it holds the lock.
	release := owner.Hold(t, "CREATE TABLE users (id int)")
	const sessions = "SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'stoa migrate'"
	const waits = sessions + " AND wait_event_type = 'Lock' AND query LIKE '%CREATE TABLE users%'"
	killed := rig.Launch(t, env, "migrate", "up")
	rig.Await(t, "a migration at work", func() bool {
		if killed.Ended() {
			t.Fatal(killed.Log.String())
		}
		return rig.Ask[int](t, owner, waits) > 0
	})
	killed.Signal(t, syscall.SIGKILL)
	start := time.Now()
	rig.Await(t, "its session to be gone", func() bool { return rig.Ask[int](t, owner, sessions) == 0 })
	r.within("the lock of the killed process was gone after", time.Since(start), 4*time.Second)
	release()

	var others []*rig.Process
	for range 5 {
		others = append(others, rig.Launch(t, env, "migrate", "up"))
	}
	others[0].Signal(t, syscall.SIGKILL)
	for _, p := range others[1:] {
		if status, err := p.Wait(time.Minute); status != 0 || err != nil {
			t.Errorf("stoa migrate up = %d, %v\n%s", status, err, p.Log.String())
		}
	}
	versions := rig.Ask[int](t, owner, "SELECT count(DISTINCT version_id)::int FROM goose_db_version")
	twice := rig.Ask[int](t, owner, "SELECT count(*)::int FROM goose_db_version") - versions
	r.measured("%d versions, %d of them applied twice", versions, twice)
	if twice != 0 || rig.Run(t, env, "", "migrate", "status").Status != 0 {
		t.Error("the migrations are not each applied once")
	}
}
