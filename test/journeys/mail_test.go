package journeys

import (
	"net/http"
	"strings"
	"syscall"
	"testing"

	"stoa/platform/mail/mailtest"
	"stoa/platform/waittest"
	"stoa/test/rig"
)

// On SIGTERM the process finishes the emails that it is sending. None is lost, and
// none is sent twice.
func TestWork_TerminatedWhileSending(t *testing.T) {
	t.Parallel()
	o := rig.StartExternalServer(t)
	o.SendEmails(t, "new_device", "Ada", rig.Recipients(60)...)
	first := o.Work(t)
	rig.Await(t, "some emails", func() bool { return o.Accepted() > 0 })
	o.StopWorker(t, first)
	second := o.Work(t)
	rig.Await(t, "the other emails", func() bool { return o.Waiting(t) == 0 })
	o.StopWorker(t, second)
	if got, ids := o.Deliveries(t); len(got) != 60 || ids != 60 || o.Accepted() != 60 {
		t.Errorf("%d emails with %d Message-IDs to %d email addresses, want 60 of each", o.Accepted(), ids, len(got))
	}
}

// On SIGTERM the process waits for a mail server that has not replied to an email. Its
// one copy arrives.
func TestWork_TerminatedWhileTheServerIsSlow(t *testing.T) {
	t.Parallel()
	o := rig.StartExternalServer(t)
	o.Server.Fail(mailtest.Fault{Slow: true})
	o.SendEmails(t, "new_device", "Ada", rig.Recipients(1)...)
	first := o.Work(t)
	rig.Await(t, "the email at the server", func() bool { return o.Server.Pending() == 1 })
	first.Signal(t, syscall.SIGTERM)
	rig.Await(t, "the stop to begin", func() bool { return strings.Contains(first.Log.String(), "stopping") })
	o.Server.Fail(mailtest.Fault{})
	if status, err := first.Wait(rig.Patience); status != 0 || err != nil {
		t.Errorf("exit status %d, %v\n%s", status, err, first.Log.End())
	}
	if o.Accepted() != 1 || o.Waiting(t) != 0 {
		t.Errorf("%d emails arrived, %d wait, want one that arrived", o.Accepted(), o.Waiting(t))
	}
}

// With WORKERS=off a server runs no jobs, and /health reports it.
func TestWork_BesideAServerThatDoesNone(t *testing.T) {
	t.Parallel()
	server := mailtest.Start(t)
	app := rig.Start(t, rig.Env{"WORKERS": "off", "SMTP_URL": "smtp://" + server.Addr, "MAIL_FROM": "hello@stoa.test"})
	if health := app.Browser(t).Fetch("GET", "/health", nil).Is(200).Body; !strings.Contains(health, `"jobs":"off"`) {
		t.Errorf("GET /health = %s, want jobs off", health)
	}
	app.SendEmails(t, "new_device", "Ada", rig.Recipients(1)...)
	o := &rig.ExternalServer{App: app, Server: server}
	if o.Waiting(t) != 1 || o.Accepted() != 0 {
		t.Fatalf("%d emails wait, %d were sent by a server without workers", o.Waiting(t), o.Accepted())
	}
	p := o.Work(t)
	rig.Await(t, "the email", func() bool { return o.Waiting(t) == 0 && o.Accepted() == 1 })
	o.StopWorker(t, p)
	if strings.Contains(app.Log.String(), "mail sent") || !strings.Contains(p.Log.String(), "mail sent") {
		t.Error("the server sent the email, or the worker did not log it")
	}
	if log := app.Log.String() + p.Log.String(); strings.Contains(log, "reader-") {
		t.Error("the log contains the email address")
	}
}

// Expired rows are deleted soon after the start, and no others.
func TestServe_DeletesWhatIsOver(t *testing.T) {
	t.Parallel()
	off := rig.Start(t, rig.Wide, rig.Env{"WORKERS": "off"})
	live, _ := off.RegisterBrowser(t)
	over, _ := off.RegisterBrowser(t)
	c, _, tokens := off.RegisterAPI(t)
	ended, _, _ := off.RegisterAPI(t)
	mine := func(b *rig.Browser) string {
		return rig.Ask[string](t, off, "SELECT id::text FROM sessions WHERE id = (SELECT session_id FROM audit_entries WHERE event = 'session.opened' AND ip = $1::inet LIMIT 1)", b.Addr)
	}
	off.Exec(t, "UPDATE sessions SET e = 1, last_seen_at = now() - interval '2 days' WHERE id = $1", mine(over))
	off.Exec(t, "UPDATE sessions SET e = 1 WHERE id = $1", mine(live)) // as if another clock had written it
	off.Exec(t, "UPDATE token_families SET expires_at = now() - interval '1 s' WHERE ip = $1::inet", ended.Addr)
	off.Exec(t, "INSERT INTO tokens (jti, family_id, refresh_hash, issued_at, expires_at) SELECT gen_random_uuid(), family_id, '\\x00', now(), now() - interval '1 s' FROM tokens WHERE jti = (SELECT jti FROM tokens t JOIN token_families f ON f.id = t.family_id WHERE f.ip = $1::inet LIMIT 1)", c.Addr)
	off.Exec(t, "INSERT INTO audit_entries (id, at, event) VALUES (gen_random_uuid(), now() - interval '401 days', 'old'), (gen_random_uuid(), now() - interval '390 days', 'younger')")
	on, err := rig.Serve(t.TempDir(), off.Owner, off.Env.With(rig.Env{"WORKERS": "on"}))
	if err != nil {
		t.Fatal(err)
	}
	rig.StopWith(t, on)
	for what, sql := range map[string]string{
		"the expired session":              "SELECT count(*) = 1 FROM sessions",
		"the expired family":               "SELECT count(*) = 1 FROM token_families",
		"its tokens and the expired token": "SELECT count(*) = 1 FROM tokens",
		"the old entry":                    "SELECT count(*) FILTER (WHERE event = 'old') = 0 AND count(*) FILTER (WHERE event = 'younger') = 1 FROM audit_entries",
	} {
		rig.Await(t, "the deletion of "+what, func() bool { return rig.Ask[bool](t, off, sql) })
	}
	if !live.SignedIn() || over.SignedIn() {
		t.Error("the wrong session was deleted")
	}
	c.Bearer(tokens.Access).Get("/api/users/me").Is(200)
	for _, what := range []string{`"what":"sessions","deleted":1`, `"what":"audit_entries","deleted":1`} {
		rig.Await(t, what, func() bool { return strings.Contains(on.Log.String(), what) })
	}
}

func TestDoctor_MailServer(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	server := mailtest.Start(t, mailtest.Password("stoa", "a good one"))
	with := func(password string) rig.Env {
		return app.Env.With(rig.Env{"SMTP_URL": "smtp://stoa:" + password + "@" + server.Addr, "MAIL_FROM": "hello@stoa.test"})
	}
	if r := rig.Run(t, with("a%20good%20one"), "", "doctor"); !strings.Contains(r.Out, "ok    mail") || len(server.Mails()) != 0 {
		t.Errorf("doctor = %d\n%s\nwant the check of mail to succeed and no email", r.Status, r.Out)
	}
	if r := rig.Run(t, with("hush"), "", "doctor"); r.Status != 1 || !strings.Contains(r.Out, "wrong mail") || strings.Contains(r.Out, "hush") {
		t.Errorf("doctor with a wrong password = %d\n%s", r.Status, r.Out)
	}
	server.Stop(t)
	if r := rig.Run(t, with("a%20good%20one"), "", "doctor"); r.Status != 1 || !strings.Contains(r.Out, "wrong mail") {
		t.Errorf("doctor without the mail server = %d\n%s", r.Status, r.Out)
	}
}

// Jobs continue by themselves when the database is available again.
func TestServe_JobsOutliveTheDatabasesAbsence(t *testing.T) {
	t.Parallel()
	app, proxy := rig.StartBehindFaultProxy(t, rig.Wide)
	app.Log.Forgive()
	app.Mailed(t, "new_device", "Ada")
	proxy.Shut()
	c := app.API(t)
	rig.Await(t, "503 of /health", func() bool { return c.Get("/health").Status == http.StatusServiceUnavailable })
	app.SendEmails(t, "new_device", "Ada", rig.Recipients(3)...)
	proxy.Open()
	if !waittest.Within(rig.LongPatience, func() bool { return app.Waiting(t) == 0 }) {
		t.Fatalf("%d emails wait although the database is available again\n%s", app.Waiting(t), app.Log.End())
	}
}

// More emails than workers hang at the mail server. Other jobs continue: a reset
// request still finds its account.
func TestMail_ServerHangsAndOtherJobsGoOn(t *testing.T) {
	t.Parallel()
	server := mailtest.Start(t)
	app := rig.Start(t, rig.Wide, rig.Env{"SMTP_URL": "smtp://" + server.Addr, "MAIL_FROM": "hello@stoa.test"})
	app.Log.Forgive()
	c, p, _ := app.RegisterAPI(t)
	rig.Await(t, "the first email", func() bool { return app.Waiting(t) == 0 })
	server.Fail(mailtest.Fault{Hang: true})
	// With 15 s for each attempt, eight workers would be busy for over a minute.
	app.SendEmails(t, "new_device", "Ada", rig.Recipients(40)...)
	rig.Await(t, "emails to hang", func() bool {
		return rig.Ask[int](t, app, "SELECT count(*) FROM river.river_job WHERE kind = 'letter' AND state = 'running'") >= 8
	})
	c.Post("/api/auth/forgot-password", map[string]string{"email": p.Email}).Is(http.StatusAccepted)
	rig.Await(t, "another job", func() bool {
		return rig.Ask[int](t, app, "SELECT count(*) FROM letters WHERE kind = 'reset_password'") == 1
	})
	server.Fail(mailtest.Fault{})
	server.Stop(t) // so that the program can stop
}
