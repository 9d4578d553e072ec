// Package letters is the mail that follows from what happens: a letter is
// written in the transaction of the act it tells of, and delivered by a job.
package mailer

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"stoa/db"
	"stoa/domain/scope"
	"stoa/platform/jobs"
	"stoa/platform/mail"
	"stoa/platform/pg"
)

// Kind says what a letter is about. It names its templates, views/mail/<kind>
// .txt and .html.
type Kind string

// The kinds of letters. The facts that each shows are named beside it; without
// a fact its line is left out.
const (
	VerifyEmail     Kind = "verify_email"     // a link
	ResetPassword   Kind = "reset_password"   // a link; at, ip, device
	EmailConfirm    Kind = "email_confirm"    // a link, to the new address
	EmailUndo       Kind = "email_undo"       // a link, to the old address; new_email, at, ip, device
	PasswordChanged Kind = "password_changed" // at, ip, device
	NewDevice       Kind = "new_device"       // at, ip, device
	AccountDeleted  Kind = "account_closed"   // at, ip, device
)

// Kinds returns all kinds.
func Kinds() []Kind {
	return []Kind{VerifyEmail, ResetPassword, EmailConfirm, EmailUndo, PasswordChanged, NewDevice, AccountDeleted}
}

// The facts that the templates know.
const (
	At       = "at"        // when it happened, in words and with its zone
	IP       = "ip"        // from where
	Device   = "device"    // with which program: "Firefox on Linux"
	Lifetime = "lifetime"  // how long the link works: "24 hours"
	NewEmail = "new_email" // the address that is to take the place of this one
)

// Email is one mail that is to reach somebody.
type Email struct {
	Kind   Kind
	To     string            // the address, as accounts.Email keeps it
	Name   string            // the person's name, for the greeting
	User   scope.UserID      // whom it concerns; zero when nobody
	Link   uuid.UUID         // the one-time link in it; zero for none
	Params map[string]string // small texts that the template shows; never a token
}

// Config is what letters need from outside.
type Config struct {
	DB   *pg.DB
	Jobs *jobs.Jobs
	Mail mail.Transport
	// Host is the right side of each Message-ID: the domain that the mail is
	// from.
	Host string
	// LinkURL returns the address of a one-time link, and live as false when it
	// opens nothing any more: used, expired, or voided by a newer one.
	LinkURL func(ctx context.Context, link uuid.UUID) (url string, live bool, err error)
	// Render returns subject and bodies of a letter; url is that of its link, or
	// empty.
	Render func(l Email, url string) (mail.Message, error)
	// Finished, if any, is told the kind and the outcome of each letter that ends
	// here.
	Observe func(kind, outcome string)
}

// Mailer writes and delivers letters.
type Mailer struct {
	Config
	queries *db.Queries
}

// New returns letters whose delivery is a job of c.Jobs.
func New(c Config) *Mailer {
	l := &Mailer{Config: c, queries: db.New()}
	jobs.Handle(c.Jobs, l.handler())
	return l
}

// Enqueue writes the letter and enqueues its delivery, in the caller's
// transaction: it leaves if, and only when, that commits.
func (l *Mailer) Enqueue(ctx context.Context, tx *pg.Tx, letter Email) error {
	facts := []byte("{}")
	if letter.Params != nil {
		var err error
		if facts, err = json.Marshal(letter.Params); err != nil {
			return err
		}
	}
	id := uuid.Must(uuid.NewV7())
	err := l.queries.LetterInsert(ctx, tx, db.LetterInsertParams{
		ID: id, Kind: string(letter.Kind), UserID: optional(letter.User.UUID), LinkID: optional(letter.Link),
		MessageID: id.String() + "@" + l.Host, Address: &letter.To, Name: &letter.Name, Facts: facts,
	})
	if err != nil {
		return fmt.Errorf("letter %s: %w", letter.Kind, err)
	}
	return l.Jobs.Insert(ctx, tx, delivery{Email: id})
}

// DeleteUnsent deletes the letters to somebody in the caller's transaction. One that
// waits does not leave any more.
func (l *Mailer) DeleteUnsent(ctx context.Context, tx *pg.Tx, user scope.UserID) error {
	return l.queries.LetterForget(ctx, tx, optional(user.UUID))
}

func optional(id uuid.UUID) *uuid.UUID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}
