package rig

import (
	"fmt"
	"io"
	"net/http"
	"testing"
)

// SendEmails inserts users with these verified email addresses, and an email to each
// as the program's verbs do, with the jobs that deliver them.
func (a *App) SendEmails(t testing.TB, kind, name string, addresses ...string) {
	t.Helper()
	a.Exec(t, `
		WITH reader AS (
			INSERT INTO users (id, email, email_key, email_verified_at, name, password_hash)
			SELECT gen_random_uuid(), address, address, now(), $1, 'none' FROM unnest($2::text[]) AS address
			RETURNING id, email),
		made AS (
			INSERT INTO letters (id, kind, user_id, message_id, address, name, facts)
			SELECT gen_random_uuid(), $3, id, id || '@stoa.test', email, $1, '{"ip": "203.0.113.7", "device": "Firefox on Linux", "at": "1 Mar 2026, 09:30 UTC", "lifetime": "24 hours", "new_email": "a.rather.long.new.address@subdomain.example.com"}'
			FROM reader
			RETURNING id)
		INSERT INTO river.river_job (kind, queue, args, max_attempts)
		SELECT 'letter', 'mail', jsonb_build_object('letter', id), 500 FROM made`, name, addresses, kind)
}

// Recipients returns the given number of unused email addresses.
func Recipients(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("reader-%d@example.com", userCount.Add(1))
	}
	return list
}

// Mailed enqueues an email and returns the path of its page below /dev/mail.
func (a *App) Mailed(t testing.TB, kind, name string) string {
	t.Helper()
	to := Recipients(1)[0]
	a.SendEmails(t, kind, name, to)
	const kept = "SELECT coalesce((SELECT '/dev/mail/' || id FROM mailbox WHERE address = $1), '')"
	Await(t, "the email "+kind, func() bool { return Ask[string](t, a, kept, to) != "" })
	return Ask[string](t, a, kept, to)
}

// Raw returns the body of a response that is not one of the program's pages.
func (a *App) Raw(t testing.TB, path string) string {
	t.Helper()
	c := newClient(t, a)
	res, err := c.HTTP.Get(c.Resolve(path).String())
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("GET %s = %d, %v", path, res.StatusCode, err)
	}
	return string(body)
}

// Waiting returns the number of undelivered emails.
func (a *App) Waiting(t testing.TB) int {
	t.Helper()
	return Ask[int](t, a, "SELECT count(*) FROM letters WHERE finished_at IS NULL")
}
