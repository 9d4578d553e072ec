package mailer

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/go-json-experiment/json/v1"
	"github.com/google/uuid"

	"stoa/db"
	"stoa/domain/scope"
	"stoa/platform/jobs"
	"stoa/platform/mail"
	"stoa/platform/pg"
)

// A failed delivery is retried soon at first, and later at least every longPause,
// so that all emails leave within minutes after the mail server works again. It
// is abandoned after two days, when most links have expired.
const (
	firstPause = 5 * time.Second
	longPause  = 5 * time.Minute
	giveUp     = 48 * time.Hour
	attempts   = int(giveUp / longPause)
)

const (
	// outcomeTimeout is how long storing an outcome may take.
	outcomeTimeout = 5 * time.Second
	// deliveryTimeout is how long one attempt may take: the mail server decides.
	deliveryTimeout = mail.SendTimeout + time.Minute
)

// Outcomes returns the outcomes that an email can have.
func Outcomes() []string { return []string{sent, void, abandoned} }

const (
	sent      = "sent"
	void      = "void" // its link no longer worked
	abandoned = "abandoned"
)

// delivery is the job that delivers an email.
type delivery struct {
	Email uuid.UUID `json:"letter"`
}

// Kind is the job's name.
func (delivery) Kind() string { return "letter" }

// JobKind returns the kind of the jobs that deliver emails.
func JobKind() string { return delivery{}.Kind() }

// handler returns the handler of deliveries. They have a queue of their own: a
// mail server that does not respond occupies all workers of its queue, and other
// jobs must not wait for it.
func (m *Mailer) handler() jobs.Handler[delivery] {
	return jobs.Handler[delivery]{
		Work: m.deliver, Abandon: m.abandon, Attempts: attempts, Backoff: backoff, Timeout: deliveryTimeout, Queue: "mail",
	}
}

func backoff(attempt int) time.Duration {
	pause := firstPause
	for range attempt - 1 {
		if pause *= 2; pause >= longPause {
			return longPause
		}
	}
	return pause
}

// deliver sends the email and then stores that it is sent. When the process ends
// in between, a retry sends the email again, with the same Message-ID.
func (m *Mailer) deliver(ctx context.Context, d delivery) error {
	row, err := m.queries.LetterWaiting(ctx, m.DB, d.Email)
	if err != nil {
		return pg.NoRow(err, nil) // no row: an earlier attempt has finished the email
	}
	email, err := toEmail(row.Letter)
	email.Verified = row.Verified
	if err != nil {
		return err
	}
	url, live, err := m.link(ctx, email.Link)
	if err != nil {
		return err
	}
	if !live {
		slog.InfoContext(ctx, "mail not sent", "kind", string(email.Kind), "why", "its link was used, has expired, or a newer one replaced it")
		return m.finish(ctx, d, void, nil)
	}
	message, err := m.Render(email, url)
	if err != nil {
		return fmt.Errorf("email %s: %w", email.Kind, err)
	}
	message.ID, message.Address = row.Letter.MessageID, email.To
	if err := m.Mail.Send(ctx, message); err != nil {
		return m.failed(ctx, d, err)
	}
	slog.InfoContext(ctx, "mail sent", "kind", string(email.Kind), "message_id", row.Letter.MessageID, "waited", time.Since(row.Letter.CreatedAt))
	return m.finish(ctx, d, sent, nil)
}

// link returns the URL of the email's link. It returns live as true for an email
// without a link.
func (m *Mailer) link(ctx context.Context, link uuid.UUID) (url string, live bool, err error) {
	if link == uuid.Nil {
		return "", true, nil
	}
	return m.LinkURL(ctx, link)
}

// failed reports the cause of the failure. It ends the retries when the mail server
// has refused the recipient.
func (m *Mailer) failed(ctx context.Context, d delivery, err error) error {
	if m.Failed != nil && ctx.Err() == nil { // not at the stop of the program
		m.Failed(string(mail.CauseOf(err)))
	}
	if !mail.IsPermanent(err) {
		return err
	}
	why := scope.EmailRefused
	if unstored := m.finish(ctx, d, abandoned, &why); unstored != nil {
		return unstored
	}
	return jobs.Final(err)
}

func toEmail(row db.Letter) (Email, error) {
	email := Email{Kind: Kind(row.Kind), To: *row.Address, Name: *row.Name}
	if row.UserID != nil {
		email.User = scope.UserID{UUID: *row.UserID}
	}
	if row.LinkID != nil {
		email.Link = *row.LinkID
	}
	return email, json.Unmarshal(row.Facts, &email.Params)
}

// abandon stores that the email will not be retried.
func (m *Mailer) abandon(ctx context.Context, d delivery) error {
	why := scope.EmailAbandoned
	return m.finish(ctx, d, abandoned, &why)
}

// finish stores the outcome and erases the personal data of the row. The user gets the
// failure, nil for none, until another email arrives. finish does not end with
// the context of the attempt: the email is sent by then.
func (m *Mailer) finish(ctx context.Context, d delivery, outcome string, failure *string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), outcomeTimeout)
	defer cancel()
	kind, err := m.queries.LetterFinish(ctx, m.DB, db.LetterFinishParams{ID: d.Email, Outcome: outcome, Failure: failure})
	if err != nil {
		return pg.NoRow(err, nil) // no row: an earlier attempt has finished the email
	}
	m.observe(kind, outcome)
	return nil
}

func (m *Mailer) observe(kind, outcome string) {
	if m.Observe != nil {
		m.Observe(kind, outcome)
	}
}
