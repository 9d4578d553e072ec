package chaos

import (
	"syscall"
	"testing"
	"time"

	"stoa/platform/pg/pgtest"
	"stoa/platform/pgserver"
	"stoa/test/rig"
)

// onShared is newHouse on a database of the server that tests share.
func onShared(t *testing.T, env ...rig.Env) *house {
	t.Helper()
	db := pgtest.New(t)
	return newHouse(t, pgserver.URLs{App: db.App, Owner: db.Owner}, env...)
}

// People live through the end of one replica after the other, and through what
// strangers send them.
func TestReplicas(t *testing.T) {
	parallel(t)
	h := onShared(t)
	t.Run("Terminated", h.terminated)
	t.Run("Killed", h.killed)
	t.Run("Floods", h.floods)
}

func (h *house) terminated(t *testing.T) {
	r := newRow(t, "SIGTERM under load, one replica after the other", "no request fails, POST included; exit status 0")
	start := time.Now()
	for _, app := range []*rig.App{h.one, h.two} {
		h.settle(t)
		app.Restart(t) // wants exit status 0
		app.Log.Forgive()
	}
	h.settle(t)
	seen := h.since(start)
	if failed := seen.unserved(); len(failed) > 0 {
		t.Errorf("not served:\n%s", failed)
	}
	r.judge(seen)
}

// killed kills a replica. nginx asks the other one, also in the name of who
// waited for an answer, unless they have sent what must not be done twice.
func (h *house) killed(t *testing.T) {
	r := newRow(t, "SIGKILL of a replica under load", "what fails is at most what was in flight there and may not be repeated")
	h.settle(t)
	start := time.Now()
	h.two.Signal(t, syscall.SIGKILL)
	if _, err := h.two.Wait(time.Minute); err != nil {
		t.Fatal(err)
	}
	gone := time.Now()
	h.settle(t)
	h.two.Again(t)
	h.two.Log.Forgive()
	h.settle(t)
	seen := h.since(start.Add(-5 * time.Second))
	failed := seen.unserved()
	if repeatable := failed.where(func(r rig.Request) bool { return r.What == "read" || r.What == "visit" || r.What == "live" }); len(repeatable) > 0 {
		t.Errorf("nginx did not ask the other replica:\n%s", repeatable)
	}
	if later := failed.where(func(r rig.Request) bool { return r.Begun.After(gone.Add(time.Second)) }); len(later) > 0 {
		t.Errorf("begun after the end and not served:\n%s", later)
	}
	r.measured("%d requests, %d of them failed", len(seen.people()), len(failed))
}

func TestJobs_Killed(t *testing.T) {
	parallel(t)
	if !long {
		t.Skip("the short form is TestWork_KilledWhileSending of the journeys")
	}
	r := newRow(t, "SIGKILL while mail is sent, 20 times", "none lost, all sent ≤ 60 s after the last kill; twice only with one Message-ID")
	k := rig.KillWhileSending(t, 20)
	r.measured("%d letters, %d mails", k.Emails, k.Mails)
	r.within("all sent after", k.After, time.Minute)
}
