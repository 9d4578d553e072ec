package mailer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"stoa/db"
	"stoa/domain/scope"
	"stoa/platform/jobs"
	"stoa/platform/mail"
)

// How a failed delivery is tried again: soon at first, and then often enough
// that everything arrives within minutes of the mail server's return. After
// two days it is given up: every link has ended by then.
const (
	firstPause = 5 * time.Second
	longPause  = 5 * time.Minute
	giveUp     = 48 * time.Hour
	attempts   = int(giveUp / longPause)
)

// Outcomes returns those that a letter can have.
func Outcomes() []string { return []string{sent, void, abandoned} }

const (
	sent      = "sent"
	void      = "void" // its link opened nothing any more
	abandoned = "abandoned"
)

// delivery is the job that delivers a letter.
type delivery struct {
	Email uuid.UUID `json:"letter"`
}

// Kind is the job's name.
func (delivery) Kind() string { return "letter" }

func (l *Mailer) handler() jobs.Handler[delivery] {
	// A mail server that hangs keeps all workers of this queue busy, and no other
	// job waits behind them.
	return jobs.Handler[delivery]{Work: l.deliver, Abandon: l.abandon, Attempts: attempts, Backoff: backoff, Queue: "mail"}
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

// deliver sends the letter and then notes that it is sent. A process that dies
// in between sends it once more, under the same Message-ID.
func (l *Mailer) deliver(ctx context.Context, d delivery) error {
	row, err := l.queries.LetterWaiting(ctx, l.DB, d.Email)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil // delivered by an attempt whose end was not noted
	}
	if err != nil {
		return err
	}
	letter, err := toEmail(row)
	if err != nil {
		return err
	}
	url, live, err := l.link(ctx, letter.Link)
	if err != nil {
		return err
	}
	if !live {
		slog.InfoContext(ctx, "mail not sent", "kind", string(letter.Kind), "why", "its link was used, has run out, or a newer one took its place")
		return l.finish(ctx, d, void)
	}
	message, err := l.Render(letter, url)
	if err != nil {
		return fmt.Errorf("letter %s: %w", letter.Kind, err)
	}
	message.ID, message.Address = row.MessageID, letter.To
	if err := l.Mail.Send(ctx, message); err != nil {
		return l.refused(err)
	}
	slog.InfoContext(ctx, "mail sent", "kind", string(letter.Kind), "message_id", row.MessageID, "waited", time.Since(row.CreatedAt))
	return l.finish(ctx, d, sent)
}

// link returns the address of the letter's link. A letter without one is live.
func (l *Mailer) link(ctx context.Context, link uuid.UUID) (url string, live bool, err error) {
	if link == uuid.Nil {
		return "", true, nil
	}
	return l.LinkURL(ctx, link)
}

// refused sorts the transport's error: what this address will never take is not
// sent again.
func (l *Mailer) refused(err error) error {
	if mail.IsPermanent(err) {
		return jobs.Final(err)
	}
	return err
}

func toEmail(row db.Letter) (Email, error) {
	letter := Email{Kind: Kind(row.Kind), To: *row.Address, Name: *row.Name}
	if row.UserID != nil {
		letter.User = scope.UserID{UUID: *row.UserID}
	}
	if row.LinkID != nil {
		letter.Link = *row.LinkID
	}
	return letter, json.Unmarshal(row.Facts, &letter.Params)
}

// abandon is told when the letter will not be tried again.
func (l *Mailer) abandon(ctx context.Context, d delivery) error { return l.finish(ctx, d, abandoned) }

// finish notes the outcome and erases what was personal in the row. Sending is
// over, so it does not end with the context of the attempt.
func (l *Mailer) finish(ctx context.Context, d delivery, outcome string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteTimeout)
	defer cancel()
	kind, err := l.queries.LetterFinish(ctx, l.DB, db.LetterFinishParams{ID: d.Email, Outcome: &outcome})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil // by an attempt whose end was not noted
	}
	if err == nil {
		l.report(kind, outcome)
	}
	return err
}

func (l *Mailer) report(kind, outcome string) {
	if l.Observe != nil {
		l.Observe(kind, outcome)
	}
}

// noteTimeout is how long noting an outcome may take.
const noteTimeout = 5 * time.Second
