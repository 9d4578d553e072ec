package rig

import (
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"stoa/platform/mail/mailtest"
	"stoa/platform/pg/pgtest"
	"stoa/platform/waittest"
)

// ExternalServer is a deployment of workers alone with a real mail server. Its App
// has no process; Work starts one.
type ExternalServer struct {
	*App
	Server *mailtest.Server
}

// StartExternalServer starts the mail server on a new database. It stops when the
// test ends.
func StartExternalServer(t testing.TB) *ExternalServer {
	t.Helper()
	o := &ExternalServer{Server: mailtest.Start(t)}
	db := pgtest.New(t)
	env := Defaults(db.App, db.Owner).With(Env{"SMTP_URL": "smtp://" + o.Server.Addr, "MAIL_FROM": "Stoa <hello@stoa.test>"})
	o.App = &App{Env: env, Owner: db.Owner}
	if r := Run(t, env, "", "migrate", "up"); r.Status != 0 {
		t.Fatal(r.Out)
	}
	return o
}

// Work starts `stoa work`.
func (o *ExternalServer) Work(t testing.TB) *Process {
	t.Helper()
	p, err := begin(built(t), t.TempDir(), o.Env, nil, "work")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.cmd.Process.Kill() })
	return p
}

// Accepted returns the number of emails that the mail server has accepted.
func (o *ExternalServer) Accepted() int { return len(o.Server.Mails()) }

// Deliveries returns the number of emails by email address, and the number of
// different Message-IDs.
func (o *ExternalServer) Deliveries(t testing.TB) (byAddress map[string]int, ids int) {
	t.Helper()
	byAddress, seen := map[string]int{}, map[string]bool{}
	for _, m := range o.Server.Mails() {
		byAddress[m.To[0]]++
		seen[m.Message(t).Header.Get("Message-Id")] = true
	}
	return byAddress, len(seen)
}

// LongPatience covers a killed process: its jobs run again within a minute.
const LongPatience = 3 * time.Minute

// StopWorker stops the worker and requires exit status 0.
func (o *ExternalServer) StopWorker(t testing.TB, p *Process) {
	t.Helper()
	p.Log.Forgive()
	if err := p.stop(); err != nil {
		t.Error(err)
	}
}

// KillResult is the result of KillWhileSending.
type KillResult struct {
	Emails, Mails int           // an email that was sent but not recorded is sent twice
	After         time.Duration // from the last kill until all emails were sent
}

// KillWhileSending kills workers at random moments while they send emails. It
// requires that every email arrives, and that duplicates have the same
// Message-ID.
func KillWhileSending(t testing.TB, kills int) KillResult {
	t.Helper()
	o := StartExternalServer(t)
	const emails = 20
	for range kills {
		before := o.Accepted()
		p := o.Work(t)
		o.SendEmails(t, "new_device", "Ada", Recipients(emails)...)
		after := before + 1 + rand.IntN(emails)
		Await(t, "some emails", func() bool { return o.Accepted() >= after || p.Ended() })
		p.Signal(t, syscall.SIGKILL)
		if status, err := p.Wait(Patience); err != nil || status != -1 {
			t.Fatalf("the worker ended by itself: %d, %v\n%s", status, err, p.Log.End())
		}
	}
	killed := time.Now()
	last := o.Work(t)
	if !waittest.Within(LongPatience, func() bool { return o.Waiting(t) == 0 }) {
		t.Fatalf("%d emails still wait\n%s", o.Waiting(t), last.Log.End())
	}
	after := time.Since(killed)
	got, ids := o.Deliveries(t)
	if len(got) != kills*emails || ids != kills*emails {
		t.Errorf("%d email addresses received emails with %d Message-IDs, want %d of each", len(got), ids, kills*emails)
	}
	o.StopWorker(t, last)
	return KillResult{kills * emails, o.Accepted(), after}
}
