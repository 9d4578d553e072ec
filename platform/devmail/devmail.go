// Package mailbox keeps mail in the database, for a development server that has
// no mail server: it is read at /dev/mail.
package devmail

import (
	"context"
	"errors"
	netmail "net/mail"
	"regexp"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"stoa/db"
	"stoa/platform/mail"
	"stoa/platform/pg"
)

// Store is a mail.Transport whose mail stays here.
type Store struct {
	Config
	queries *db.Queries
}

// Config is what a Store needs.
type Config struct {
	DB   *pg.DB
	From *netmail.Address // sender of every email
}

// New returns a Store.
func New(c Config) *Store { return &Store{Config: c, queries: db.New()} }

// Mail is a message that was kept.
type Mail struct {
	ID      uuid.UUID
	Name    string
	Address string
	Subject string
	At      time.Time
	Text    string // these three only from Find
	HTML    string
	Source  string
}

// Send keeps the message, once for each Message-ID.
func (b *Store) Send(ctx context.Context, m mail.Message) error {
	source, err := mail.Source(b.From, m)
	if err != nil {
		return err
	}
	return b.queries.MailKeep(ctx, b.DB, db.MailKeepParams{
		ID: uuid.Must(uuid.NewV7()), MessageID: m.ID, Name: m.Name, Address: m.Address, Subject: m.Subject,
		BodyText: m.Text, BodyHTML: m.HTML, Source: source,
	})
}

// List returns the newest mails, without their bodies.
func (b *Store) List(ctx context.Context) ([]Mail, error) {
	rows, err := b.queries.MailPage(ctx, b.DB)
	list := make([]Mail, len(rows))
	for i, r := range rows {
		list[i] = Mail{ID: r.ID, Name: r.Name, Address: r.Address, Subject: r.Subject, At: r.CreatedAt}
	}
	return list, err
}

// Find returns a mail, false when there is none of that id.
func (b *Store) Find(ctx context.Context, id uuid.UUID) (Mail, bool, error) {
	r, err := b.queries.MailByID(ctx, b.DB, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return Mail{}, false, nil
	}
	return Mail{
		ID: r.ID, Name: r.Name, Address: r.Address, Subject: r.Subject, At: r.CreatedAt,
		Text: r.BodyText, HTML: r.BodyHTML, Source: string(r.Source),
	}, err == nil, err
}

// Clear throws everything away.
func (b *Store) Clear(ctx context.Context) error { return b.queries.MailClear(ctx, b.DB) }

var link = regexp.MustCompile(`https?://\S+[?&]token=\S+`)

// Link returns the one-time link in the mail, or "".
func (m Mail) Link() string { return link.FindString(m.Text) }
