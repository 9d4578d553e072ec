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

// ExternalServer is a deployment of workers alone and a real mail server. Its App has
// no process: work starts one.
type ExternalServer struct {
	*App
	Server *mailtest.Server
}

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
	p, err := launch(t.TempDir(), o.Env, nil, "work")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.cmd.Process.Kill() })
	return p
}

func (o *ExternalServer) Taken() int { return len(o.Server.Mails()) }

// Each returns how often each address got mail, and how many Message-IDs there
// were.
func (o *ExternalServer) Each(t testing.TB) (byAddress map[string]int, ids int) {
	t.Helper()
	byAddress, seen := map[string]int{}, map[string]bool{}
	for _, m := range o.Server.Mails() {
		byAddress[m.To[0]]++
		seen[m.Message(t).Header.Get("Message-Id")] = true
	}
	return byAddress, len(seen)
}

// LongPatience covers a killed process, whose jobs are taken up within a minute.
const LongPatience = 3 * time.Minute

// Ends stops the worker and wants it to go in peace.
func (o *ExternalServer) Ends(t testing.TB, p *Process) {
	t.Helper()
	p.Log.Forgive()
	if err := p.stop(); err != nil {
		t.Error(err)
	}
}

// Killed is what came of mail whose sender was killed now and then.
type Killed struct {
	Emails, Mails int           // twice are those that were sent and not noted
	After         time.Duration // the last kill, until nothing waited any more
}

// KillWhileSending kills workers at random moments while they send mail, and
// wants every letter to arrive, twice only under one Message-ID.
func KillWhileSending(t testing.TB, kills int) Killed {
	t.Helper()
	o := StartExternalServer(t)
	const letters = 20
	for range kills {
		before := o.Taken()
		p := o.Work(t)
		o.SendEmails(t, "new_device", "Ada", Recipients(letters)...)
		after := before + 1 + rand.IntN(letters)
		Await(t, "some mail", func() bool { return o.Taken() >= after || p.Ended() })
		p.Signal(t, syscall.SIGKILL)
		if status, err := p.Wait(Patience); err != nil || status != -1 {
			t.Fatalf("the worker ended by itself: %d, %v\n%s", status, err, p.Log.End())
		}
	}
	killed := time.Now()
	last := o.Work(t)
	if !waittest.Within(LongPatience, func() bool { return o.Waiting(t) == 0 }) {
		t.Fatalf("%d letters still wait\n%s", o.Waiting(t), last.Log.End())
	}
	after := time.Since(killed)
	got, ids := o.Each(t)
	if len(got) != kills*letters || ids != kills*letters {
		t.Errorf("%d addresses got mail of %d Message-IDs, want %d of each", len(got), ids, kills*letters)
	}
	o.Ends(t, last)
	return Killed{kills * letters, o.Taken(), after}
}
