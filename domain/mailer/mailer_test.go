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

// The letter and its job come with the act, and go with it.
func TestPost_WithTheTransaction(t *testing.T) {
	t.Parallel()
	d := domaintest.New(t)
	in := d.Register(t, signin.Browser)
	letter := mailer.Email{Kind: accounts.KindPasswordChanged, To: in.User.Email, Name: in.User.Name, User: in.User.ID}
	post := func(end error) {
		t.Helper()
		err := d.DB.Tx(t.Context(), func(tx *pg.Tx) error { return errors.Join(d.Mailer.Enqueue(t.Context(), tx, letter), end) })
		if !errors.Is(err, end) {
			t.Fatal(err)
		}
	}
	before := len(d.Enqueued(t, in.User))
	post(context.Canceled)
	if got := len(d.Enqueued(t, in.User)); got != before {
		t.Fatalf("%d letters after a rollback, want %d", got, before)
	}
	post(nil)
	if got := d.Enqueued(t, in.User); len(got) != before+1 || got[before] != accounts.KindPasswordChanged {
		t.Fatalf("letters = %v, want one more about the password", got)
	}
}

// A job's row is kept: it knows the letter and nothing of what is in it.
func TestPost_JobKnowsOnlyTheLetter(t *testing.T) {
	t.Parallel()
	d := domaintest.New(t)
	fact, address := uuid.NewString(), domaintest.Address()
	letter := mailer.Email{Kind: accounts.KindEmailUndo, To: address, Name: "Ada", Params: map[string]string{accounts.ParamNewEmail: fact}}
	if err := d.DB.Tx(t.Context(), func(tx *pg.Tx) error { return d.Mailer.Enqueue(t.Context(), tx, letter) }); err != nil {
		t.Fatal(err)
	}
	var job string
	err := d.DB.QueryRow(t.Context(), `SELECT j::text FROM river.river_job j JOIN letters l ON j.args = jsonb_build_object('letter', l.id) WHERE l.address = $1`, address).Scan(&job)
	if err != nil {
		t.Fatalf("the job of the letter: %v", err)
	}
	for _, secret := range []string{fact, address, "Ada"} {
		if strings.Contains(job, secret) {
			t.Errorf("the job %s holds %q", job, secret)
		}
	}
}
