// Package mailer sends the emails that follow from changes: an email is written
// in the transaction of its change, and a job delivers it.
package mailer

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/go-json-experiment/json/v1"
	"github.com/google/uuid"

	"stoa/db"
	"stoa/domain/scope"
	"stoa/domain/userdata"
	"stoa/platform/jobs"
	"stoa/platform/mail"
	"stoa/platform/pg"
)

// Kind is what an email is about. It names the templates of the email,
// views/mail/<kind>.txt and .html.
type Kind string

// Kinds are kinds of emails, each with the parameters that its emails may have.
type Kinds map[Kind][]string

// Parameters of emails. A package declares further ones beside its kinds. The
// templates omit the line of a parameter that an email does not have.
const (
	At       = "at"       // when it happened, with its time zone
	IP       = "ip"       // the IP address of the client
	Device   = "device"   // the name of the client: "Firefox on Linux"
	Lifetime = "lifetime" // how long the link works: "24 hours"
)

// RequestParams returns the parameters At, IP and Device for the request of the
// scope.
func RequestParams(sc scope.Scope) map[string]string {
	return map[string]string{
		At: time.Now().UTC().Format("2 January 2006, 15:04 UTC"),
		IP: sc.Request.Addr.String(), Device: sc.Request.Device,
	}
}

// Email is one email to a user.
type Email struct {
	Kind   Kind
	To     string            // the email address, from emailaddr.Address
	Name   string            // the user's name, for the greeting
	User   scope.UserID      // the user concerned; zero when the account is deleted
	Link   uuid.UUID         // its one-time link; zero for none
	Params map[string]string // short texts that the template shows; never a token

	// Verified says, for Render, that To is the verified email address of User. The
	// delivery sets it.
	Verified bool
}

// Config has the dependencies of a Mailer.
type Config struct {
	DB       *pg.DB
	Jobs     *jobs.Jobs
	UserData *userdata.Parts
	Mail     mail.Transport
	// Host is the right side of each Message-ID: the domain of the sender.
	Host string
	// LinkURL returns the URL of a one-time link. live is false when the link no
	// longer works: used, expired, or voided by a newer one.
	LinkURL func(ctx context.Context, link uuid.UUID) (url string, live bool, err error)
	// Render returns subject and bodies of an email. url is the URL of its link,
	// or empty.
	Render func(email Email, url string) (mail.Message, error)
	// Observe, when set, is called with the kind and the outcome of each email
	// that is finished in this process.
	Observe func(kind, outcome string) `wiring:"optional"`
	// Failed, when set, is called with the mail.Cause of each failed attempt in this
	// process.
	Failed func(cause string) `wiring:"optional"`
}

// Mailer writes and delivers emails.
type Mailer struct {
	Config
	kinds   Kinds // of all packages
	queries *db.Queries
}

// New returns a Mailer. It registers the job that delivers emails, the sweeps of old
// ones and the part of a user's data.
func New(c Config) *Mailer {
	m := &Mailer{Config: c, kinds: Kinds{}, queries: db.New()}
	jobs.Handle(c.Jobs, m.handler())
	c.Jobs.Sweep(jobs.Daily,
		jobs.Sweep{What: "letters_given_up", Delete: m.AbandonOverdue},
		jobs.Sweep{What: "letters", Delete: m.Expire})
	c.UserData.Add(userdata.Part{Name: "emails", Shown: "the letters that were sent to you", Tables: []string{"letters"}, Export: m.Export, Erase: m.Erase})
	return m
}

// Declare declares kinds of emails with their parameters. Each package declares the
// kinds that it enqueues.
func (m *Mailer) Declare(kinds Kinds) { maps.Copy(m.kinds, kinds) }

// Kinds returns the declared kinds.
func (m *Mailer) Kinds() Kinds { return m.kinds }

// Enqueue writes the email and enqueues its delivery in the caller's transaction:
// the email is delivered if, and only if, that commits. Enqueue returns an error
// for a kind or a parameter that is not declared.
func (m *Mailer) Enqueue(ctx context.Context, tx *pg.Tx, email Email) error {
	if err := m.check(email); err != nil {
		return err
	}
	params := []byte("{}")
	if email.Params != nil {
		var err error
		if params, err = json.Marshal(email.Params); err != nil {
			return err
		}
	}
	id := uuid.Must(uuid.NewV7())
	err := m.queries.LetterInsert(ctx, tx, db.LetterInsertParams{
		ID: id, Kind: string(email.Kind), UserID: optional(email.User.UUID), LinkID: optional(email.Link),
		MessageID: id.String() + "@" + m.Host, Address: &email.To, Name: &email.Name, Facts: string(params),
	})
	if err != nil {
		return fmt.Errorf("email %s: %w", email.Kind, err)
	}
	return m.Jobs.Insert(ctx, tx, delivery{Email: id})
}

func (m *Mailer) check(email Email) error {
	declared, ok := m.kinds[email.Kind]
	if !ok {
		return fmt.Errorf("mailer: the kind %s is not declared", email.Kind)
	}
	for name := range email.Params {
		if !slices.Contains(declared, name) {
			return fmt.Errorf("mailer: the kind %s does not declare the parameter %s", email.Kind, name)
		}
	}
	return nil
}

func optional(id uuid.UUID) *uuid.UUID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}
