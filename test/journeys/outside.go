package journeys

import (
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"stoa/platform/mail/mailtest"
	"stoa/platform/pg/pgtest"
	"stoa/platform/waittest"
)

// outside is a deployment of workers alone and a real mail server. Its App has
// no process: work starts one.
type outside struct {
	*App
	server *mailtest.Server
}

func startOutside(t testing.TB) *outside {
	t.Helper()
	o := &outside{server: mailtest.Start(t)}
	db := pgtest.New(t)
	env := defaults(db.App, db.Owner).with(Env{"SMTP_URL": "smtp://" + o.server.Addr, "MAIL_FROM": "Stoa <hello@stoa.test>"})
	o.App = &App{Env: env, owner: db.Owner}
	if r := Run(t, env, "", "migrate", "up"); r.Status != 0 {
		t.Fatal(r.Out)
	}
	return o
}

// work starts `stoa work`.
func (o *outside) work(t testing.TB) *Process {
	t.Helper()
	p, err := launch(t.TempDir(), o.Env, nil, "work")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.cmd.Process.Kill() })
	return p
}

func (o *outside) taken() int { return len(o.server.Mails()) }

// each returns how often each address got mail, and how many Message-IDs there
// were.
func (o *outside) each(t testing.TB) (byAddress map[string]int, ids int) {
	t.Helper()
	byAddress, seen := map[string]int{}, map[string]bool{}
	for _, m := range o.server.Mails() {
		byAddress[m.To[0]]++
		seen[m.Message(t).Header.Get("Message-Id")] = true
	}
	return byAddress, len(seen)
}

// longPatience covers a killed process, whose jobs are taken up within a minute.
const longPatience = 3 * time.Minute

// ends stops the worker and wants it to go in peace.
func (o *outside) ends(t testing.TB, p *Process) {
	t.Helper()
	p.Log.Forgive()
	if err := p.stop(); err != nil {
		t.Error(err)
	}
}

// Killed is what came of mail whose sender was killed now and then.
type Killed struct {
	Letters, Mails int           // twice are those that were sent and not noted
	After          time.Duration // the last kill, until nothing waited any more
}

// KillWhileSending kills workers at random moments while they send mail, and
// wants every letter to arrive, twice only under one Message-ID.
func KillWhileSending(t testing.TB, kills int) Killed {
	t.Helper()
	o := startOutside(t)
	const letters = 20
	for range kills {
		before := o.taken()
		p := o.work(t)
		o.Post(t, "new_device", "Ada", Recipients(letters)...)
		after := before + 1 + rand.IntN(letters)
		Await(t, "some mail", func() bool { return o.taken() >= after || p.Ended() })
		p.Signal(t, syscall.SIGKILL)
		if status, err := p.Wait(patience); err != nil || status != -1 {
			t.Fatalf("the worker ended by itself: %d, %v\n%s", status, err, p.Log.end())
		}
	}
	killed := time.Now()
	last := o.work(t)
	if !waittest.Within(longPatience, func() bool { return o.waiting(t) == 0 }) {
		t.Fatalf("%d letters still wait\n%s", o.waiting(t), last.Log.end())
	}
	after := time.Since(killed)
	got, ids := o.each(t)
	if len(got) != kills*letters || ids != kills*letters {
		t.Errorf("%d addresses got mail of %d Message-IDs, want %d of each", len(got), ids, kills*letters)
	}
	o.ends(t, last)
	return Killed{kills * letters, o.taken(), after}
}
