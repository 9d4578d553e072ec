package mailer_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"

	"stoa/domain/accounts"
	"stoa/domain/domaintest"
	"stoa/domain/mailer"
	"stoa/domain/signin"
	"stoa/platform/pg"
)

// The email and its job are stored, or rolled back, with the caller's transaction.
func TestEnqueue_WithTheTransaction(t *testing.T) {
	t.Parallel()
	d := domaintest.New(t)
	in := d.Register(t, signin.Browser)
	email := mailer.Email{Kind: accounts.KindPasswordChanged, To: in.User.Email, Name: in.User.Name, User: in.User.ID}
	enqueue := func(end error) {
		t.Helper()
		err := d.DB.Tx(t.Context(), func(tx *pg.Tx) error { return errors.Join(d.Mailer.Enqueue(t.Context(), tx, email), end) })
		if !errors.Is(err, end) {
			t.Fatal(err)
		}
	}
	before := len(d.Enqueued(t, in.User))
	enqueue(context.Canceled)
	if got := len(d.Enqueued(t, in.User)); got != before {
		t.Fatalf("%d emails after a rollback, want %d", got, before)
	}
	enqueue(nil)
	if got := d.Enqueued(t, in.User); len(got) != before+1 || got[before] != accounts.KindPasswordChanged {
		t.Fatalf("emails = %v, want one more about the password", got)
	}
}

// The row of a job is kept. It contains the email's id and nothing of its content.
func TestEnqueue_JobHasOnlyTheID(t *testing.T) {
	t.Parallel()
	d := domaintest.New(t)
	param, address := uuid.NewString(), domaintest.Address()
	email := mailer.Email{Kind: accounts.KindEmailUndo, To: address, Name: "Ada", Params: map[string]string{accounts.ParamNewEmail: param}}
	if err := d.DB.Tx(t.Context(), func(tx *pg.Tx) error { return d.Mailer.Enqueue(t.Context(), tx, email) }); err != nil {
		t.Fatal(err)
	}
	var job string
	err := d.DB.QueryRow(t.Context(), `SELECT j::text FROM river.river_job j JOIN letters l ON j.args = jsonb_build_object('letter', l.id) WHERE l.address = $1`, address).Scan(&job)
	if err != nil {
		t.Fatalf("the job of the email: %v", err)
	}
	for _, secret := range []string{param, address, "Ada"} {
		if strings.Contains(job, secret) {
			t.Errorf("the job %s contains %q", job, secret)
		}
	}
}

func TestEnqueue_Undeclared(t *testing.T) {
	t.Parallel()
	d := domaintest.New(t)
	for what, email := range map[string]mailer.Email{
		"kind":      {Kind: "unknown", To: domaintest.Address(), Name: "Ada"},
		"parameter": {Kind: accounts.KindPasswordChanged, To: domaintest.Address(), Name: "Ada", Params: map[string]string{accounts.ParamNewEmail: "x"}},
	} {
		if err := d.DB.Tx(t.Context(), func(tx *pg.Tx) error { return d.Mailer.Enqueue(t.Context(), tx, email) }); err == nil {
			t.Errorf("Enqueue with an undeclared %s: no error", what)
		}
	}
}
