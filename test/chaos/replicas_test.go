package chaos

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"stoa/platform/pg/pgtest"
	"stoa/platform/pgserver"
	"stoa/test/rig"
)

// deployShared returns a deployment on a database of the server that tests share.
func deployShared(t *testing.T, env ...rig.Env) *deployment {
	t.Helper()
	db := pgtest.New(t)
	return newDeployment(t, pgserver.URLs{App: db.App, Owner: db.Owner}, env...)
}

// TestReplicas ends one replica after the other under load, and then floods one.
func TestReplicas(t *testing.T) {
	parallel(t)
	d := deployShared(t)
	t.Run("Terminated", d.terminated)
	t.Run("Killed", d.killed)
	t.Run("Floods", d.floods)
}

func (d *deployment) terminated(t *testing.T) {
	r := newRow(t, "SIGTERM under load, one replica after the other", "no request fails, POST included; exit status 0")
	start := time.Now()
	for _, app := range []*rig.App{d.one, d.two} {
		d.settle(t)
		app.Restart(t) // fails unless the exit status is 0
		app.Log.Forgive()
	}
	d.settle(t)
	seen := d.since(start)
	if failed := seen.unserved(); len(failed) > 0 {
		t.Errorf("not served:\n%s", failed)
	}
	r.check(seen)
}

// killed kills a replica. nginx sends its requests to the other one, including
// those in flight, except requests that must not be sent twice, such as POST.
func (d *deployment) killed(t *testing.T) {
	r := newRow(t, "SIGKILL of a replica under load", "at most the requests in flight there fail, and only those that must not be repeated")
	d.settle(t)
	start := time.Now()
	d.two.Signal(t, syscall.SIGKILL)
	if _, err := d.two.Wait(time.Minute); err != nil {
		t.Fatal(err)
	}
	gone := time.Now()
	d.settle(t)
	d.two.Again(t)
	d.two.Log.Forgive()
	d.settle(t)
	seen := d.since(start.Add(-5 * time.Second))
	failed := seen.unserved()
	if repeatable := failed.where(func(r rig.Request) bool { return r.What == "read" || r.What == "visit" || r.What == "live" }); len(repeatable) > 0 {
		t.Errorf("nginx did not retry these requests at the other replica:\n%s", repeatable)
	}
	if later := failed.where(func(r rig.Request) bool { return r.Begun.After(gone.Add(time.Second)) }); len(later) > 0 {
		t.Errorf("begun a second after the kill and not served:\n%s", later)
	}
	r.measured("%d requests, %d of them failed", len(seen.byUsers()), len(failed))
}

func TestJobs_Killed(t *testing.T) {
	parallel(t)
	kills := 4
	if long {
		kills = 20
	}
	r := newRow(t, fmt.Sprintf("SIGKILL while mail is sent, %d times", kills), "no email lost, all sent ≤ 60 s after the last kill; an email that is sent twice has one Message-ID")
	k := rig.KillWhileSending(t, kills)
	r.measured("%d emails, sent %d times", k.Emails, k.Mails)
	r.within("all sent after", k.After, time.Minute)
}
