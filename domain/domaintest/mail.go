package domaintest

import (
	"context"
	"net/url"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"stoa/domain/emailaddr"
	"stoa/domain/mailer"
)

// Mail is an email that waits for its delivery.
type Mail struct {
	Kind   mailer.Kind
	Token  string // of its link; empty without a link, and for one that no longer works
	Params map[string]string
}

// Mailbox returns the emails to an address, oldest first.
func (d *Domain) Mailbox(t testing.TB, address string) []Mail {
	t.Helper()
	rows, err := d.DB.Query(context.Background(), "SELECT kind, link_id, facts FROM letters WHERE address = $1 ORDER BY id", address)
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		Kind   mailer.Kind
		LinkID *uuid.UUID
		Facts  map[string]string
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[row])
	if err != nil {
		t.Fatal(err)
	}
	box := make([]Mail, len(found))
	for i, r := range found {
		box[i] = Mail{r.Kind, d.token(t, r.LinkID), r.Facts}
	}
	return box
}

// Newest returns the newest email of a kind to an address.
func (d *Domain) Newest(t testing.TB, address string, kind mailer.Kind) Mail {
	t.Helper()
	box := d.Mailbox(t, address)
	for i := len(box) - 1; i >= 0; i-- {
		if box[i].Kind == kind {
			return box[i]
		}
	}
	t.Fatalf("no email %s to %s in %+v", kind, address, box)
	return Mail{}
}

// token returns the token that an email's link would contain.
func (d *Domain) token(t testing.TB, link *uuid.UUID) string {
	t.Helper()
	if link == nil {
		return ""
	}
	address, _, err := d.Onetime.URL(context.Background(), *link)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get("token")
}

// RequestReset requests a password reset for an address and does the job of the
// request.
func (d *Domain) RequestReset(t testing.TB, address string) {
	t.Helper()
	ctx := context.Background()
	if err := d.Accounts.RequestReset(ctx, Visitor(), address); err != nil {
		t.Fatalf("RequestReset(%s): %v", address, err)
	}
	email, err := emailaddr.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	var request uuid.UUID
	if err := d.DB.QueryRow(ctx, "SELECT id FROM reset_requests WHERE email_key = $1", email.Key()).Scan(&request); err != nil {
		t.Fatalf("the request for %s: %v", address, err)
	}
	for range 2 { // a job may run twice
		if err := d.Accounts.AnswerResetRequest(ctx, request); err != nil {
			t.Fatalf("AnswerResetRequest: %v", err)
		}
	}
}
