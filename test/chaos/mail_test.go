package chaos

import (
	"slices"
	"testing"
	"time"

	"stoa/platform/mail/mailtest"
	"stoa/platform/waittest"
	"stoa/test/rig"
)

// The mail server fails in three ways, for minutes instead of an hour. After an
// hour only the pause between attempts would differ: it would have its maximum of
// 5 minutes, which TestBackoff_StaysShort of the mailer covers.
func TestMail_Away(t *testing.T) {
	parallel(t)
	r := newRow(t, "SMTP refused, hanging and dropping for 3 min", "requests ≤ 10 % slower by the median of pairs, all emails ≤ 10 min after its return")
	fine, bad := mailtest.Start(t), mailtest.Start(t)
	mailed := func(s *mailtest.Server) *rig.App {
		return rig.Start(t, rig.Wide, rig.Env{"SMTP_URL": "smtp://" + s.Addr, "MAIL_FROM": "hello@stoa.test"})
	}
	with, without := mailed(fine), mailed(bad)
	without.Log.Forgive()
	users, lasts := newPair(t, with, without), lasting(time.Minute, 500*time.Millisecond)
	for _, fault := range []struct {
		what        string
		begin, over func()
	}{
		{"refused", func() { bad.Stop(t) }, func() { bad.Restart(t) }},
		{"hanging", func() { bad.Fail(mailtest.Fault{Hang: true}) }, func() {}},
		{"dropping", func() { bad.Fail(mailtest.Fault{Drop: true}) }, func() { bad.Fail(mailtest.Fault{}) }},
	} {
		fault.begin()
		ratio := users.slower(t, lasts)
		fault.over()
		r.measured("%s: %.2f times as long", fault.what, ratio)
		if long && ratio > 1.1 {
			t.Errorf("%s: requests take %.2f times as long, want at most 1.1", fault.what, ratio)
		}
	}
	back := time.Now()
	const waiting = "SELECT count(*)::int FROM letters WHERE finished_at IS NULL"
	if !waittest.Within(10*time.Minute, func() bool { return rig.Ask[int](t, without, waiting) == 0 }) {
		t.Errorf("%d emails are not sent 10 minutes after the return of the mail server", rig.Ask[int](t, without, waiting))
	}
	r.within("all emails after", time.Since(back), 10*time.Minute)
}

// pair is a user of one server and a user of another.
type pair [2]struct {
	api  *rig.API
	user rig.User
}

func newPair(t *testing.T, apps ...*rig.App) *pair {
	p := &pair{}
	for i, app := range apps {
		p[i].api, p[i].user, _ = app.RegisterAPI(t)
	}
	return p
}

// slower requests password resets and registers users at both servers in turns,
// and returns the median ratio of the time of the second server to that of the
// first.
func (p *pair) slower(t *testing.T, span time.Duration) float64 {
	t.Helper()
	var ratios []float64
	for start := time.Now(); time.Since(start) < span || len(ratios) < 4; {
		var took [2]time.Duration
		for i := range p {
			i = (i + len(ratios)) % 2 // each is first in half of the pairs
			begun := time.Now()
			p[i].api.Post("/api/auth/forgot-password", map[string]string{"email": p[i].user.Email}).Is(202)
			if len(ratios)%8 == 0 {
				p[i].api.Register(rig.NewUser())
			}
			took[i] = time.Since(begun)
		}
		ratios = append(ratios, float64(took[1])/float64(took[0]))
	}
	slices.Sort(ratios)
	return ratios[len(ratios)/2]
}
