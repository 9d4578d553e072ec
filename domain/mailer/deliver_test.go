package mailer_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"stoa/domain/accounts"
	"stoa/domain/mailer"
	"stoa/domain/scope"
	"stoa/domain/userdata"
	"stoa/platform/jobs"
	"stoa/platform/mail"
	"stoa/platform/mail/mailtest"
	"stoa/platform/pg"
	"stoa/platform/pg/pgtest"
	"stoa/platform/waittest"
)

// fixture delivers emails from a database of its own to a real mail server.
type fixture struct {
	*mailer.Mailer
	t      *testing.T
	db     pgtest.Database
	server *mailtest.Server
	jobs   *jobs.Jobs
	ended  chan string // kind and outcome of each finished email
	causes chan string // of failed attempts
}

// links stands for the one-time links of emails. A link in dead no longer works.
type links struct{ dead map[uuid.UUID]bool }

func (l links) url(_ context.Context, id uuid.UUID) (string, bool, error) {
	return "https://stoa.test/verify-email?token=" + id.String(), !l.dead[id], nil
}

func newFixture(t *testing.T, known links) *fixture {
	t.Helper()
	f := &fixture{t: t, db: pgtest.New(t), server: mailtest.Start(t), ended: make(chan string, 9), causes: make(chan string, 99)}
	queue, err := jobs.New(t.Context(), jobs.Config{DB: f.db.DB})
	if err != nil {
		t.Fatal(err)
	}
	transport, err := mail.New(mail.Config{URL: "smtp://" + f.server.Addr, From: "Stoa <hello@stoa.test>"})
	if err != nil {
		t.Fatal(err)
	}
	f.jobs = queue
	f.Mailer = mailer.New(mailer.Config{
		DB: f.db.DB, Jobs: queue, UserData: &userdata.Parts{}, Mail: transport, Host: "stoa.test", LinkURL: known.url,
		Render: func(email mailer.Email, url string) (mail.Message, error) {
			return mail.Message{Subject: string(email.Kind), Text: fmt.Sprintln(email.Name, url, email.Params[mailer.IP]), HTML: "<p>"}, nil
		},
		Observe: func(kind, outcome string) { f.ended <- kind + " " + outcome },
		Failed:  func(cause string) { f.causes <- cause },
	})
	f.Declare(mailer.Kinds{accounts.KindPasswordChanged: {mailer.At, mailer.IP, mailer.Device}})
	if err := queue.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := queue.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return f
}

func (f *fixture) enqueue(list ...mailer.Email) {
	f.t.Helper()
	err := f.db.Tx(f.t.Context(), func(tx *pg.Tx) error {
		for _, email := range list {
			if err := f.Enqueue(f.t.Context(), tx, email); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		f.t.Fatal(err)
	}
}

// ask returns the only value of a query.
func (f *fixture) ask(sql string) string {
	f.t.Helper()
	var found string
	if err := f.db.QueryRow(f.t.Context(), sql).Scan(&found); err != nil {
		f.t.Fatalf("%s: %v", sql, err)
	}
	return found
}

// wantObserved fails unless exactly these kinds and outcomes were observed.
func (f *fixture) wantObserved(want ...string) {
	f.t.Helper()
	var observed []string
	for range want {
		select {
		case one := <-f.ended:
			observed = append(observed, one)
		case <-time.After(time.Minute):
			f.t.Fatalf("observed %q, want %q", observed, want)
		}
	}
	slices.Sort(observed)
	if !slices.Equal(observed, want) || len(f.ended) != 0 {
		f.t.Errorf("observed %q and %d more, want %q", observed, len(f.ended), want)
	}
}

const outcomes = `SELECT coalesce(string_agg(coalesce(outcome, 'waiting'), ' ' ORDER BY id), '') FROM letters`

// await waits until the query returns want.
func (f *fixture) await(sql, want string) {
	f.t.Helper()
	waittest.Until(f.t, fmt.Sprintf("%s to be %q", sql, want), func() bool { return f.ask(sql) == want })
}

// retried repeats failed deliveries immediately until the outcomes are want.
func (f *fixture) retried(want string) {
	f.t.Helper()
	waittest.Until(f.t, "outcomes "+want, func() bool {
		f.retryNow()
		return f.ask(outcomes) == want
	})
}

// retryNow schedules all waiting attempts for now.
func (f *fixture) retryNow() {
	f.t.Helper()
	if _, err := f.db.Exec(f.t.Context(), `UPDATE river.river_job SET scheduled_at = now() WHERE state IN ('retryable', 'available')`); err != nil {
		f.t.Fatal(err)
	}
}

func to(address string) mailer.Email {
	return mailer.Email{Kind: accounts.KindPasswordChanged, To: address, Name: "Ada", Params: map[string]string{mailer.IP: "203.0.113.7"}}
}

// After the delivery no row contains personal data of the email.
func TestDeliver_ArrivesAndIsErased(t *testing.T) {
	t.Parallel()
	f := newFixture(t, links{})
	email := to("ada@example.com")
	email.Link = uuid.New()
	f.enqueue(email)
	f.await(outcomes, "sent")
	mails := f.server.Mails()
	if len(mails) != 1 || mails[0].To[0] != email.To || !strings.Contains(mails[0].Source, email.Link.String()[:8]) || !strings.Contains(mails[0].Source, "203.0.113.7") {
		t.Fatalf("mails = %+v", mails)
	}
	f.await(`SELECT string_agg(state::text, ' ') FROM river.river_job WHERE kind = 'letter'`, "completed")
	for what, sql := range map[string]string{"letters": `SELECT l::text FROM letters l`, "jobs": `SELECT j::text FROM river.river_job j WHERE kind = 'letter'`} {
		row := f.ask(sql)
		for _, personal := range []string{"ada@", "Ada", "203.0.113.7", "token="} {
			if strings.Contains(row, personal) {
				t.Errorf("%s still contain %q: %s", what, personal, row)
			}
		}
	}
}

// A user who requests two links receives only the email with the working one.
func TestDeliver_DeadLinkIsNotSent(t *testing.T) {
	t.Parallel()
	dead, live := to("ada@example.com"), to("ada@example.com")
	dead.Link, live.Link = uuid.New(), uuid.New()
	f := newFixture(t, links{dead: map[uuid.UUID]bool{dead.Link: true}})
	f.enqueue(dead, live)
	f.await(outcomes, "void sent")
	f.wantObserved("password_changed sent", "password_changed void")
	if mails := f.server.Mails(); len(mails) != 1 || !strings.Contains(mails[0].Source, live.Link.String()[:8]) {
		t.Errorf("mails = %+v, want only the one with the live link", mails)
	}
}

func TestDeliver_AddressThatTakesNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t, links{})
	f.server.Fail(mailtest.Fault{Rcpt: mailtest.Reply(550, 5, 1, 1)})
	f.enqueue(to("nobody@example.com"))
	f.await(outcomes, "abandoned")
	f.wantObserved("password_changed abandoned")
	if cause := <-f.causes; cause != "recipient" {
		t.Errorf("cause %s, want recipient", cause)
	}
	f.await(`SELECT state::text FROM river.river_job WHERE kind = 'letter'`, "cancelled")
	for _, sql := range []string{`SELECT l::text FROM letters l`, `SELECT j::text FROM river.river_job j WHERE kind = 'letter'`} {
		if row := f.ask(sql); strings.Contains(row, "@example.com") || strings.Contains(row, "Ada") {
			t.Errorf("the row of an abandoned email contains the address: %s", row)
		}
	}
}

// The operator's fault is not the recipient's: an email waits until it is corrected,
// and the reply is stored for doctor without the email address.
func TestDeliver_OperatorsFault(t *testing.T) {
	t.Parallel()
	f := newFixture(t, links{})
	f.server.Fail(mailtest.Fault{Data: mailtest.Reply(554, 5, 2, 252)})
	f.enqueue(to("ada@example.com"))
	if cause := <-f.causes; cause != "operator" {
		t.Errorf("cause %s, want operator", cause)
	}
	waittest.Until(t, "the failing job", func() bool {
		failing, err := jobs.ReadFailing(t.Context(), f.db.DB, mailer.JobKind())
		return err == nil && failing.Jobs == 1 && strings.Contains(failing.Newest, "554 5.2.252 <***> refused")
	})
	f.server.Fail(mailtest.Fault{})
	f.retried("sent")
}

// The user's row says whether emails to their address arrive. Emails to another
// address, and emails that are not sent because their link is void, do not change it.
func TestDeliver_UserOfTheAddress(t *testing.T) {
	t.Parallel()
	dead := uuid.New()
	f := newFixture(t, links{dead: map[uuid.UUID]bool{dead: true}})
	user := scope.UserID{UUID: uuid.New()}
	_, err := f.db.Exec(t.Context(), `INSERT INTO users (id, email, email_key, name, password_hash) VALUES ($1, 'ada@exmaple.com', 'ada@exmaple.com', 'Ada', 'x')`, user.UUID)
	if err != nil {
		t.Fatal(err)
	}
	const failure = `SELECT coalesce(email_failure, 'none') FROM users`
	mailed := func(address string, link uuid.UUID, outcome, want string) {
		t.Helper()
		email := to(address)
		email.User, email.Link = user, link
		f.enqueue(email)
		f.wantObserved("password_changed " + outcome)
		if got := f.ask(failure); got != want {
			t.Errorf("after an email to %s that is %s: email_failure is %s, want %s", address, outcome, got, want)
		}
	}
	mailed("ada@exmaple.com", uuid.Nil, "sent", "none")
	f.server.Fail(mailtest.Fault{Rcpt: mailtest.Reply(550, 5, 1, 1)})
	mailed("other@example.com", uuid.Nil, "abandoned", "none")
	mailed("ada@exmaple.com", uuid.Nil, "abandoned", scope.EmailRefused)
	f.server.Fail(mailtest.Fault{})
	mailed("other@example.com", uuid.Nil, "sent", scope.EmailRefused)
	mailed("ada@exmaple.com", dead, "void", scope.EmailRefused)
	mailed("ada@exmaple.com", uuid.Nil, "sent", "none")
	if _, err := f.db.Exec(t.Context(), `INSERT INTO letters (id, kind, user_id, message_id, address, name, facts, created_at)
		VALUES (gen_random_uuid(), 'password_changed', $1, 'x@stoa.test', 'ada@exmaple.com', 'Ada', '{}', now() - interval '4 days')`, user.UUID); err != nil {
		t.Fatal(err)
	}
	if n, err := f.AbandonOverdue(t.Context(), 9); n != 1 || err != nil || f.ask(failure) != scope.EmailAbandoned {
		t.Errorf("AbandonOverdue = %d, %v, email_failure is %s", n, err, f.ask(failure))
	}
}

// Emails wait while the mail server refuses them, closes connections or is down. Each
// is delivered once after that.
func TestDeliver_OutlivesAnOutage(t *testing.T) {
	t.Parallel()
	f := newFixture(t, links{})
	failing := func(n int) {
		f.await(fmt.Sprintf(`SELECT (count(*) >= %d)::text FROM river.river_job WHERE kind = 'letter' AND errors IS NOT NULL`, n), "true")
	}
	f.server.Fail(mailtest.Fault{Data: mailtest.Reply(451, 4, 3, 0)})
	f.enqueue(to("a@example.com"), to("b@example.com"))
	failing(2)
	f.server.Fail(mailtest.Fault{Drop: true})
	f.enqueue(to("c@example.com"))
	failing(3)
	f.server.Fail(mailtest.Fault{})
	f.server.Stop(t)
	f.enqueue(to("d@example.com"))
	failing(4)
	f.server.Restart(t)
	f.retried("sent sent sent sent")
	seen := map[string]int{}
	for _, m := range f.server.Mails() {
		seen[m.To[0]]++
	}
	if len(seen) != 4 || len(f.server.Mails()) != 4 {
		t.Errorf("mails by address = %v, want one for each of four", seen)
	}
}

// A mail server that accepts an email and fails before its response receives the
// email twice. Both copies have the same Message-ID, so that the server can
// recognise the second.
func TestDeliver_TwiceUnderOneMessageID(t *testing.T) {
	t.Parallel()
	f := newFixture(t, links{})
	f.server.Fail(mailtest.Fault{Lost: true, Once: true})
	f.enqueue(to("ada@example.com"))
	f.await(`SELECT count(*)::text FROM river.river_job WHERE kind = 'letter' AND errors IS NOT NULL`, "1")
	f.retried("sent")
	mails := f.server.Mails()
	if len(mails) != 2 || mails[0].Message(t).Header.Get("Message-Id") != mails[1].Message(t).Header.Get("Message-Id") {
		t.Errorf("%d mails, want two with one Message-ID", len(mails))
	}
}

// A mail server that replies late receives one copy: the delivery waits, also longer
// than other jobs may take, and no second one begins beside it.
func TestDeliver_ServerIsSlow(t *testing.T) {
	t.Parallel()
	f := newFixture(t, links{})
	f.server.Fail(mailtest.Fault{Slow: true})
	f.enqueue(to("ada@example.com"))
	waittest.Until(t, "the email at the server", func() bool { return f.server.Pending() == 1 })
	begun := f.ask(`SELECT attempted_at::text FROM river.river_job WHERE kind = 'letter'`)
	f.await(fmt.Sprintf(`SELECT (attempted_at > '%s')::text FROM river.river_job WHERE kind = 'letter'`, begun), "true")
	f.server.Fail(mailtest.Fault{})
	f.await(outcomes, "sent")
	f.await(`SELECT state || ' ' || attempt FROM river.river_job WHERE kind = 'letter'`, "completed 1")
	if n := len(f.server.Mails()); n != 1 {
		t.Errorf("%d emails arrived, want one", n)
	}
}

// A program that stops waits for the reply to an email that is under way.
func TestDeliver_StopsWhileTheServerIsSlow(t *testing.T) {
	t.Parallel()
	f := newFixture(t, links{})
	f.server.Fail(mailtest.Fault{Slow: true})
	f.enqueue(to("ada@example.com"))
	waittest.Until(t, "the email at the server", func() bool { return f.server.Pending() == 1 })
	stopped := make(chan error, 1)
	go func() { stopped <- f.jobs.Stop(context.WithoutCancel(t.Context())) }()
	f.server.Fail(mailtest.Fault{})
	if err := <-stopped; err != nil {
		t.Fatal(err)
	}
	if got := f.ask(outcomes); got != "sent" || len(f.server.Mails()) != 1 {
		t.Errorf("outcome %s, %d emails, want one that is sent", got, len(f.server.Mails()))
	}
}

// After a long outage of the mail server, the next attempt is at most 5 minutes away.
func TestBackoff_StaysShort(t *testing.T) {
	t.Parallel()
	f := newFixture(t, links{})
	f.server.Stop(t)
	f.enqueue(to("ada@example.com"))
	const failed = `SELECT count(*)::text FROM river.river_job WHERE kind = 'letter' AND errors IS NOT NULL`
	f.await(failed, "1")
	if _, err := f.db.Exec(t.Context(), `UPDATE river.river_job SET attempt = 100, scheduled_at = now() WHERE state <> 'running'`); err != nil {
		t.Fatal(err)
	}
	f.await(failed+` AND attempt > 100 AND state <> 'running'`, "1")
	if late := f.ask(`SELECT (scheduled_at > now() + interval '5 minutes')::text FROM river.river_job WHERE kind = 'letter'`); late == "true" {
		t.Error("after a hundred attempts the next is more than 5 minutes away")
	}
}
