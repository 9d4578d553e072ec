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
	"stoa/platform/jobs"
	"stoa/platform/mail"
	"stoa/platform/mail/mailtest"
	"stoa/platform/pg"
	"stoa/platform/pg/pgtest"
	"stoa/platform/waittest"
)

// office delivers letters of a database of its own to a real mail server.
type office struct {
	*mailer.Mailer
	t      *testing.T
	db     pgtest.Database
	server *mailtest.Server
	jobs   *jobs.Jobs
	ended  chan string // kind and outcome of each letter that was finished
}

// links that a letter may have: those in dead open nothing any more.
type links struct{ dead map[uuid.UUID]bool }

func (l links) url(_ context.Context, id uuid.UUID) (string, bool, error) {
	return "https://stoa.test/verify-email?token=" + id.String(), !l.dead[id], nil
}

func openOffice(t *testing.T, known links) *office {
	t.Helper()
	o := &office{t: t, db: pgtest.New(t), server: mailtest.Start(t), ended: make(chan string, 9)}
	queue, err := jobs.New(jobs.Config{DB: o.db.DB})
	if err != nil {
		t.Fatal(err)
	}
	transport, err := mail.New(mail.Config{URL: "smtp://" + o.server.Addr, From: "Stoa <hello@stoa.test>"})
	if err != nil {
		t.Fatal(err)
	}
	o.jobs = queue
	o.Mailer = mailer.New(mailer.Config{
		DB: o.db.DB, Jobs: queue, Mail: transport, Host: "stoa.test", Kinds: accounts.EmailKinds(), LinkURL: known.url,
		Render: func(l mailer.Email, url string) (mail.Message, error) {
			return mail.Message{Subject: string(l.Kind), Text: fmt.Sprintln(l.Name, url, l.Params[mailer.IP]), HTML: "<p>"}, nil
		},
		Observe: func(kind, outcome string) { o.ended <- kind + " " + outcome },
	})
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
	return o
}

func (o *office) post(list ...mailer.Email) {
	o.t.Helper()
	err := o.db.Tx(o.t.Context(), func(tx *pg.Tx) error {
		for _, l := range list {
			if err := o.Enqueue(o.t.Context(), tx, l); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		o.t.Fatal(err)
	}
}

// ask returns the one text that a query finds.
func (o *office) ask(sql string) string {
	o.t.Helper()
	var found string
	if err := o.db.QueryRow(o.t.Context(), sql).Scan(&found); err != nil {
		o.t.Fatalf("%s: %v", sql, err)
	}
	return found
}

// tells fails unless these, and no others, were told as finished.
func (o *office) tells(want ...string) {
	o.t.Helper()
	var told []string
	for range want {
		select {
		case one := <-o.ended:
			told = append(told, one)
		case <-time.After(time.Minute):
			o.t.Fatalf("told %q, want %q", told, want)
		}
	}
	slices.Sort(told)
	if !slices.Equal(told, want) || len(o.ended) != 0 {
		o.t.Errorf("told %q and %d more, want %q", told, len(o.ended), want)
	}
}

const outcomes = `SELECT coalesce(string_agg(coalesce(outcome, 'waiting'), ' ' ORDER BY id), '') FROM letters`

// await waits until the query finds that.
func (o *office) await(sql, want string) {
	o.t.Helper()
	waittest.Until(o.t, fmt.Sprintf("%s to be %q", sql, want), func() bool { return o.ask(sql) == want })
}

// retried has what failed tried again at once until the outcomes are these.
func (o *office) retried(want string) {
	o.t.Helper()
	waittest.Until(o.t, "outcomes "+want, func() bool {
		o.soon()
		return o.ask(outcomes) == want
	})
}

// soon has what waits for its next attempt be tried now.
func (o *office) soon() {
	o.t.Helper()
	if _, err := o.db.Exec(o.t.Context(), `UPDATE river.river_job SET scheduled_at = now() WHERE state IN ('retryable', 'available')`); err != nil {
		o.t.Fatal(err)
	}
}

func to(address string) mailer.Email {
	return mailer.Email{Kind: accounts.KindPasswordChanged, To: address, Name: "Ada", Params: map[string]string{mailer.IP: "203.0.113.7"}}
}

// What was personal is in the mail and afterwards in no row.
func TestDeliver_ArrivesAndIsErased(t *testing.T) {
	t.Parallel()
	o := openOffice(t, links{})
	letter := to("ada@example.com")
	letter.Link = uuid.New()
	o.post(letter)
	o.await(outcomes, "sent")
	mails := o.server.Mails()
	if len(mails) != 1 || mails[0].To[0] != letter.To || !strings.Contains(mails[0].Source, letter.Link.String()[:8]) || !strings.Contains(mails[0].Source, "203.0.113.7") {
		t.Fatalf("mails = %+v", mails)
	}
	o.await(`SELECT string_agg(state::text, ' ') FROM river.river_job WHERE kind = 'letter'`, "completed")
	for what, sql := range map[string]string{"letters": `SELECT l::text FROM letters l`, "jobs": `SELECT j::text FROM river.river_job j WHERE kind = 'letter'`} {
		row := o.ask(sql)
		for _, personal := range []string{"ada@", "Ada", "203.0.113.7", "token="} {
			if strings.Contains(row, personal) {
				t.Errorf("%s still hold %q: %s", what, personal, row)
			}
		}
	}
}

// Who has asked twice gets one link that works, not one that does not as well.
func TestDeliver_DeadLinkIsNotSent(t *testing.T) {
	t.Parallel()
	dead, live := to("ada@example.com"), to("ada@example.com")
	dead.Link, live.Link = uuid.New(), uuid.New()
	o := openOffice(t, links{dead: map[uuid.UUID]bool{dead.Link: true}})
	o.post(dead, live)
	o.await(outcomes, "void sent")
	o.tells("password_changed sent", "password_changed void")
	if mails := o.server.Mails(); len(mails) != 1 || !strings.Contains(mails[0].Source, live.Link.String()[:8]) {
		t.Errorf("mails = %+v, want the living link's alone", mails)
	}
}

func TestDeliver_AddressThatTakesNothing(t *testing.T) {
	t.Parallel()
	o := openOffice(t, links{})
	o.server.Fail(mailtest.Fault{Rcpt: mailtest.Reply(550, 5, 1, 1)})
	o.post(to("nobody@example.com"))
	o.await(outcomes, "abandoned")
	o.tells("password_changed abandoned")
	o.await(`SELECT state::text FROM river.river_job WHERE kind = 'letter'`, "cancelled")
	for _, sql := range []string{`SELECT l::text FROM letters l`, `SELECT j::text FROM river.river_job j WHERE kind = 'letter'`} {
		if row := o.ask(sql); strings.Contains(row, "@example.com") || strings.Contains(row, "Ada") {
			t.Errorf("an abandoned letter's row holds the address: %s", row)
		}
	}
}

// While the server refuses, cuts, or is away the letters wait, and then arrive:
// each once.
func TestDeliver_OutlivesAnOutage(t *testing.T) {
	t.Parallel()
	o := openOffice(t, links{})
	failing := func(n int) {
		o.await(fmt.Sprintf(`SELECT (count(*) >= %d)::text FROM river.river_job WHERE kind = 'letter' AND errors IS NOT NULL`, n), "true")
	}
	o.server.Fail(mailtest.Fault{Data: mailtest.Reply(451, 4, 3, 0)})
	o.post(to("a@example.com"), to("b@example.com"))
	failing(2)
	o.server.Fail(mailtest.Fault{Drop: true})
	o.post(to("c@example.com"))
	failing(3)
	o.server.Fail(mailtest.Fault{})
	o.server.Stop(t)
	o.post(to("d@example.com"))
	failing(4)
	o.server.Restart(t)
	o.retried("sent sent sent sent")
	seen := map[string]int{}
	for _, m := range o.server.Mails() {
		seen[m.To[0]]++
	}
	if len(seen) != 4 || len(o.server.Mails()) != 4 {
		t.Errorf("mails by address = %v, want each of four once", seen)
	}
}

// A server that takes the mail and dies before it says so gets it once more:
// under the same Message-ID, so that it can be recognised.
func TestDeliver_TwiceUnderOneMessageID(t *testing.T) {
	t.Parallel()
	o := openOffice(t, links{})
	o.server.Fail(mailtest.Fault{Lost: true, Once: true})
	o.post(to("ada@example.com"))
	o.await(`SELECT count(*)::text FROM river.river_job WHERE kind = 'letter' AND errors IS NOT NULL`, "1")
	o.retried("sent")
	mails := o.server.Mails()
	if len(mails) != 2 || mails[0].Message(t).Header.Get("Message-Id") != mails[1].Message(t).Header.Get("Message-Id") {
		t.Errorf("%d mails, want two of one Message-ID", len(mails))
	}
}

// An hour's outage is over for everybody within ten minutes of its end.
func TestBackoff_StaysShort(t *testing.T) {
	t.Parallel()
	o := openOffice(t, links{})
	o.server.Stop(t)
	o.post(to("ada@example.com"))
	const failed = `SELECT count(*)::text FROM river.river_job WHERE kind = 'letter' AND errors IS NOT NULL`
	o.await(failed, "1")
	if _, err := o.db.Exec(t.Context(), `UPDATE river.river_job SET attempt = 100, scheduled_at = now() WHERE state <> 'running'`); err != nil {
		t.Fatal(err)
	}
	o.await(failed+` AND attempt > 100 AND state <> 'running'`, "1")
	if late := o.ask(`SELECT (scheduled_at > now() + interval '5 minutes')::text FROM river.river_job WHERE kind = 'letter'`); late == "true" {
		t.Error("after a hundred attempts the next is more than 5 minutes away")
	}
}
