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
	db      *pg.DB
	queries *db.Queries
	from    *netmail.Address
}

// New returns a mailbox for mail from somebody.
func New(conn *pg.DB, from *netmail.Address) *Store {
	return &Store{db: conn, queries: db.New(), from: from}
}

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
	source, err := mail.Source(b.from, m)
	if err != nil {
		return err
	}
	return b.queries.MailKeep(ctx, b.db, db.MailKeepParams{
		ID: uuid.Must(uuid.NewV7()), MessageID: m.ID, Name: m.Name, Address: m.Address, Subject: m.Subject,
		BodyText: m.Text, BodyHTML: m.HTML, Source: source,
	})
}

// List returns the newest mails, without their bodies.
func (b *Store) List(ctx context.Context) ([]Mail, error) {
	rows, err := b.queries.MailPage(ctx, b.db)
	list := make([]Mail, len(rows))
	for i, r := range rows {
		list[i] = Mail{ID: r.ID, Name: r.Name, Address: r.Address, Subject: r.Subject, At: r.CreatedAt}
	}
	return list, err
}

// Find returns a mail, false when there is none of that id.
func (b *Store) Find(ctx context.Context, id uuid.UUID) (Mail, bool, error) {
	r, err := b.queries.MailByID(ctx, b.db, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return Mail{}, false, nil
	}
	return Mail{
		ID: r.ID, Name: r.Name, Address: r.Address, Subject: r.Subject, At: r.CreatedAt,
		Text: r.BodyText, HTML: r.BodyHTML, Source: string(r.Source),
	}, err == nil, err
}

// Clear throws everything away.
func (b *Store) Clear(ctx context.Context) error { return b.queries.MailClear(ctx, b.db) }

var link = regexp.MustCompile(`https?://\S+[?&]token=\S+`)

// Link returns the one-time link in the mail, or "".
func (m Mail) Link() string { return link.FindString(m.Text) }
