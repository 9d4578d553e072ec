// Package devmail stores emails in the database instead of sending them, for a
// development server without a mail server. The page /dev/mail shows them.
package devmail

import (
	"context"
	netmail "net/mail"
	"regexp"
	"time"

	"github.com/google/uuid"

	"stoa/db"
	"stoa/platform/convert"
	"stoa/platform/fault"
	"stoa/platform/mail"
	"stoa/platform/page"
	"stoa/platform/pg"
)

// Store is a mail.Transport that stores emails.
type Store struct {
	Config
	queries *db.Queries
}

// Config has the database of a Store and the sender of its emails.
type Config struct {
	DB   *pg.DB
	From *netmail.Address // sender of every email
}

// New returns a Store.
func New(c Config) *Store { return &Store{Config: c, queries: db.New()} }

// ID identifies a stored email.
type ID struct{ uuid.UUID }

// Email is a stored email.
type Email struct {
	ID      ID
	Name    string
	Address string
	Subject string
	At      time.Time
	Text    string // Text, HTML and Source are set by Find only
	HTML    string
	Source  string
}

// Send stores the message, once for each Message-ID.
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

// List returns a page of the emails with the search in their subject or address,
// the newest first, without their bodies. It returns page.ErrCursor for a cursor of
// another list.
func (b *Store) List(ctx context.Context, search string, cursor page.Cursor) (page.Of[Email], error) {
	older := uuid.Max
	if err := cursor.Decode(&older); err != nil {
		return page.Of[Email]{}, err
	}
	rows, err := b.queries.MailPage(ctx, b.DB, db.MailPageParams{OlderThan: older, Search: search, Most: page.Size + 1})
	return page.Cut(convert.All(rows, listed), func(m Email) any { return m.ID.UUID }), err
}

func listed(r db.MailPageRow) Email {
	return Email{ID: ID{r.ID}, Name: r.Name, Address: r.Address, Subject: r.Subject, At: r.CreatedAt}
}

// Find returns the email of that id, or a NotFound fault.
func (b *Store) Find(ctx context.Context, id ID) (Email, error) {
	r, err := b.queries.MailByID(ctx, b.DB, id.UUID)
	return Email{
		ID: ID{r.ID}, Name: r.Name, Address: r.Address, Subject: r.Subject, At: r.CreatedAt,
		Text: r.BodyText, HTML: r.BodyHTML, Source: string(r.Source),
	}, pg.NoRow(err, fault.NoSuch("email"))
}

// Clear deletes all emails.
func (b *Store) Clear(ctx context.Context) error { return b.queries.MailClear(ctx, b.DB) }

var link = regexp.MustCompile(`https?://\S+[?&]token=\S+`)

// Link returns the one-time link in the email, or "".
func (m Email) Link() string { return link.FindString(m.Text) }
