package journeys

import (
	"strings"
	"testing"

	"stoa/platform/mail/mailtest"
	"stoa/test/rig"
)

// A user who mistypes the email address learns that the email came back, changes the
// address without script, and learns the same about the next one.
func TestEmail_CameBack(t *testing.T) {
	t.Parallel()
	server := mailtest.Start(t)
	app := rig.Start(t, rig.Env{"SMTP_URL": "smtp://" + server.Addr, "MAIL_FROM": "hello@stoa.test"})
	app.Log.Forgive() // abandoned jobs
	server.Fail(mailtest.Fault{Rcpt: mailtest.Reply(550, 5, 1, 1)})
	b, p := app.RegisterBrowser(t)
	rig.Await(t, "the refusal", func() bool { return app.Waiting(t) == 0 })
	page := b.Open("/dashboard").Is(200)
	banner := page.Text("section.waiting")
	if !strings.Contains(banner, "came back") || !strings.Contains(banner, p.Email) || strings.Contains(banner, "sent") || page.Find(`section.waiting a[href="/settings/email"]`).Length() != 1 {
		t.Errorf("the banner is %q, want that the email came back, with a link to change the email address", banner)
	}
	api := app.API(t)
	api.Login(p)
	if got := api.Get("/api/users/me").Is(200).Body; !strings.Contains(string(got), `"email_failure":"refused"`) {
		t.Errorf("GET /api/users/me = %s, want email_failure refused", got)
	}
	rig.Await(t, "the email about the sign-in", func() bool { return app.Waiting(t) == 0 })
	b.Open("/settings/email")
	b.Submit(`form[action="/settings/email"]`, rig.Values{"email": "other@example.com", "current_password": p.Password})
	rig.Await(t, "the refusal of the new email address", func() bool { return app.Waiting(t) == 0 })
	if got := b.Open("/settings/email").Text("main"); !strings.Contains(got, "did not arrive") || !strings.Contains(got, "Not delivered") {
		t.Errorf("the page is %q, want that neither email address was reached", got)
	}
	server.Fail(mailtest.Fault{})
	b.Open("/dashboard")
	b.Submit(`form[action="/verify-email/resend"]`, nil)
	rig.Await(t, "the email", func() bool { return app.Waiting(t) == 0 })
	if got := b.Open("/dashboard").Text("section.waiting"); !strings.Contains(got, "Open the link") {
		t.Errorf("after an email that arrived the banner is %q", got)
	}
}

// The operator's fault: no email is given up, and doctor, metrics and log show the
// reply without the email address.
func TestEmail_OperatorsFault(t *testing.T) {
	t.Parallel()
	server := mailtest.Start(t)
	app := rig.Start(t, rig.Env{"SMTP_URL": "smtp://" + server.Addr, "MAIL_FROM": "hello@stoa.test"})
	app.Log.Forgive()
	server.Fail(mailtest.Fault{Data: mailtest.Reply(554, 5, 2, 252)})
	b, _ := app.RegisterBrowser(t)
	const counted = `stoa_mail_failures_total{cause="operator"}`
	rig.Await(t, "the failure", func() bool {
		return strings.Contains(app.Browser(t).Open("/metrics").Body, counted+" 1")
	})
	rig.Await(t, "its job", func() bool {
		return rig.Ask[int](t, app, "SELECT count(*) FROM river.river_job WHERE kind = 'letter' AND errors IS NOT NULL") == 1
	})
	const reply = "the server replied 554 5.2.252 <***> refused"
	if r := rig.Run(t, app.Env, "", "doctor"); r.Status != 1 || !strings.Contains(r.Out, "wrong emails: 1 wait") || !strings.Contains(r.Out, reply) {
		t.Errorf("doctor = %d\n%s", r.Status, r.Out)
	}
	if !strings.Contains(app.Log.String(), reply) || strings.Contains(app.Log.String(), "ada@example.com") {
		t.Errorf("the log lacks the reply, or has an email address\n%s", app.Log.End())
	}
	if got := b.Open("/dashboard").Text("section.waiting"); strings.Contains(got, "came back") || strings.Contains(got, "sent") {
		t.Errorf("the banner is %q", got)
	}
	server.Fail(mailtest.Fault{Mail: mailtest.Reply(530, 5, 7, 0)})
	if r := rig.Run(t, app.Env, "", "doctor"); !strings.Contains(r.Out, "wrong mail: mail: MAIL FROM: the server replied 530 5.7.0") {
		t.Errorf("doctor = %d\n%s", r.Status, r.Out)
	}
}

// After a refusal for relaying or for a full mailbox, the banner does not say that there
// is no mailbox, whatever the code. Only the first refusal is the fault of the operator.
func TestEmail_MailboxExists(t *testing.T) {
	t.Parallel()
	for cause, reply := range map[string]error{
		"operator":  mailtest.ReplyText("<ada@example.com>: Relaying denied", 550, 5, 1, 1),
		"temporary": mailtest.ReplyText("mailbox full", 552, 5, 2, 2),
	} {
		t.Run(cause, func(t *testing.T) {
			t.Parallel()
			server := mailtest.Start(t)
			app := rig.Start(t, rig.Env{"SMTP_URL": "smtp://" + server.Addr, "MAIL_FROM": "hello@stoa.test"})
			app.Log.Forgive()
			server.Fail(mailtest.Fault{Rcpt: reply})
			b, _ := app.RegisterBrowser(t)
			var metrics string
			counted := func(cause string) bool {
				return !strings.Contains(metrics, `stoa_mail_failures_total{cause="`+cause+`"} 0`)
			}
			rig.Await(t, "the failure", func() bool {
				metrics = app.Browser(t).Open("/metrics").Body
				return counted("operator") || counted("temporary") || counted("recipient")
			})
			for _, one := range []string{"operator", "temporary", "recipient"} {
				if counted(one) != (one == cause) {
					t.Errorf("the refusal counts as %s: %v", one, counted(one))
				}
			}
			if banner := b.Open("/dashboard").Text("section.waiting"); strings.Contains(banner, "no mailbox") || strings.Contains(banner, "came back") {
				t.Errorf("the banner is %q", banner)
			}
			server.Fail(mailtest.Fault{})
			rig.Await(t, "the email", func() bool { return app.Waiting(t) == 0 && len(server.Mails()) == 1 })
		})
	}
}
