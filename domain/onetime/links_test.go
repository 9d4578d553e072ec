package onetime_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"stoa/domain"
	"stoa/domain/domaintest"
	"stoa/domain/onetime"
	"stoa/domain/scope"
	"stoa/domain/signin"
	"stoa/platform/fault"
	"stoa/platform/pg"
	"stoa/platform/secret"
)

var all = []onetime.Purpose{onetime.VerifyEmail, onetime.ResetPassword, onetime.ConfirmEmail, onetime.UndoEmail}

// issue makes a link for the user and returns it with the token of the email.
func issue(t testing.TB, d *domaintest.Domain, user scope.User, purpose onetime.Purpose) (onetime.Link, string) {
	t.Helper()
	var made onetime.Link
	err := d.DB.Tx(context.Background(), func(tx *pg.Tx) (err error) {
		made, err = d.Onetime.Issue(context.Background(), tx, purpose, user.ID, user.Email)
		return err
	})
	if err != nil {
		t.Fatalf("Issue(%s): %v", purpose, err)
	}
	return made, token(t, d.Onetime, made.ID)
}

func token(t testing.TB, l *onetime.Links, id uuid.UUID) string {
	t.Helper()
	address, live, err := l.URL(context.Background(), id)
	if err != nil || !live {
		t.Fatalf("URL = %q, %v, %v; want a live one", address, live, err)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get("token")
}

func use(d *domaintest.Domain, purpose onetime.Purpose, token string) error {
	return d.DB.Tx(context.Background(), func(tx *pg.Tx) error {
		_, err := d.Onetime.Consume(context.Background(), tx, scope.Scope{}, purpose, token)
		return err
	})
}

// newUser returns the domain with a registered user.
func newUser(t testing.TB) (*domaintest.Domain, scope.User) {
	t.Helper()
	d := domaintest.New(t)
	return d, d.Register(t, signin.Browser).User
}

func TestUse_Once(t *testing.T) {
	t.Parallel()
	d, user := newUser(t)
	for _, purpose := range all {
		made, token := issue(t, d, user, purpose)
		for range 2 { // Peek changes nothing
			seen, err := d.Onetime.Peek(context.Background(), purpose, token)
			if err != nil || seen.ID != made.ID || seen.User != user.ID || seen.Email != user.Email {
				t.Fatalf("%s: Peek = %+v, %v", purpose, seen, err)
			}
		}
		if err := use(d, purpose, token); err != nil {
			t.Fatalf("%s: Consume: %v", purpose, err)
		}
		wantUsed(t, d, purpose, token)
	}
}

// wantUsed fails unless Peek and Consume refuse the link. The link that has set a password
// and that of a change which is undone have nothing left to do.
func wantUsed(t *testing.T, d *domaintest.Domain, purpose onetime.Purpose, token string) {
	t.Helper()
	_, peeked := d.Onetime.Peek(context.Background(), purpose, token)
	for what, err := range map[string]error{"Peek": peeked, "Consume": use(d, purpose, token)} {
		done := new(onetime.AlreadyDone)
		if wantDone := purpose == onetime.ResetPassword || purpose == onetime.UndoEmail; errors.As(err, &done) != wantDone || !wantDone && !onetime.IsDead(err) {
			t.Errorf("%s, used: %s = %v, want the fault of AlreadyDone %v, else dead", purpose, what, err, wantDone)
		}
	}
}

// Only the same form that used a link, and only within a minute, is a repetition.
func TestRepeated(t *testing.T) {
	t.Parallel()
	d, user := newUser(t)
	_, token := issue(t, d, user, onetime.ResetPassword)
	form := func(identity string) scope.Scope { return scope.Scope{Request: scope.Request{Form: identity}} }
	err := d.DB.Tx(context.Background(), func(tx *pg.Tx) error {
		_, err := d.Onetime.Consume(context.Background(), tx, form("a"), onetime.ResetPassword, token)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, minute := range []bool{true, false} {
		_, err := d.Onetime.Peek(context.Background(), onetime.ResetPassword, token)
		for identity, want := range map[string]bool{"a": minute, "b": false, "": false} {
			if _, got := onetime.Repeated(err, form(identity)); got != want {
				t.Errorf("within a minute %v, form %q: %v, want %v", minute, identity, got, want)
			}
		}
		d.Exec(t, "UPDATE links SET used_at = used_at - interval '1 minute' WHERE user_id = $1", user.ID.UUID)
	}
	other, unnamed := issue(t, d, user, onetime.ResetPassword)
	if err := use(d, onetime.ResetPassword, unnamed); err != nil {
		t.Fatal(err)
	}
	_, err = d.Onetime.Peek(context.Background(), onetime.ResetPassword, unnamed)
	if _, got := onetime.Repeated(err, form("")); got {
		t.Errorf("%s: a request without a form is a repetition", other.Purpose)
	}
}

func TestTrim(t *testing.T) {
	t.Parallel()
	const token = "q0cB4wTz8nJm1YHfXv6sLk3PdR7uEaG2iOy5tCbN9x-"
	for _, typed := range []string{token, token + ".", token + ")", token + " ", token + "\r\n", token + ">.", token + "_", token + "”", "<" + token + ">", " " + token, token + "=", token + ". Thanks"} {
		if got := onetime.Trim(typed); got != token {
			t.Errorf("Trim(%q) = %q", typed, got)
		}
	}
	for _, typed := range []string{"3D" + token, "=3D" + token, "3D" + token + ").", "3D" + token + "__"} {
		if got := onetime.Trim(typed); got != token {
			t.Errorf("Trim(%q) = %q", typed, got)
		}
	}
	const like3D = "3D0cB4wTz8nJm1YHfXv6sLk3PdR7uEaG2iOy5tCbN9xQ" // a token of 43 characters
	for typed, want := range map[string]string{like3D[:43]: like3D[:43], like3D[:43] + "__": like3D[:43], "3D" + like3D[:43]: like3D[:43], "": "", "...": "", "abc": "abc", token + "x": token + "x", "x\x00y": "x"} {
		if got := onetime.Trim(typed); got != want {
			t.Errorf("Trim(%q) = %q, want %q", typed, got, want)
		}
	}
}

// wantDead fails unless Peek and Consume refuse the link.
func wantDead(t *testing.T, d *domaintest.Domain, purpose onetime.Purpose, token, why string) {
	t.Helper()
	if err := use(d, purpose, token); !onetime.IsDead(err) {
		t.Errorf("%s, %s: Consume = %v, want dead", purpose, why, err)
	}
	if _, err := d.Onetime.Peek(context.Background(), purpose, token); !onetime.IsDead(err) {
		t.Errorf("%s, %s: Peek = %v, want dead", purpose, why, err)
	}
}

func TestUse_ManyAtOnce(t *testing.T) {
	t.Parallel()
	d, user := newUser(t)
	_, token := issue(t, d, user, onetime.ResetPassword)
	var wg sync.WaitGroup
	var used atomic.Int32
	for range 20 {
		wg.Go(func() {
			err := use(d, onetime.ResetPassword, token)
			if err == nil {
				used.Add(1)
			} else if !fault.Is(err, fault.Invalid) {
				t.Errorf("Consume: %v", err)
			}
		})
	}
	wg.Wait()
	if got := used.Load(); got != 1 {
		t.Errorf("%d of 20 concurrent uses succeeded, want 1", got)
	}
}

func TestUse_NewerVoidsOlder(t *testing.T) {
	t.Parallel()
	d, user := newUser(t)
	for _, purpose := range all {
		older, first := issue(t, d, user, purpose)
		_, second := issue(t, d, user, purpose)
		if purpose == onetime.UndoEmail {
			if err := use(d, purpose, first); err != nil {
				t.Errorf("the link that undoes an earlier change: %v", err)
			}
			continue
		}
		wantDead(t, d, purpose, first, "older")
		if _, live, err := d.Onetime.URL(context.Background(), older.ID); live || err != nil {
			t.Errorf("%s: the older link would still be sent: %v, %v", purpose, live, err)
		}
		if err := use(d, purpose, second); err != nil {
			t.Errorf("%s: the newer link: %v", purpose, err)
		}
	}
}

// Only one of several concurrent links works.
func TestIssue_AtOnce(t *testing.T) {
	t.Parallel()
	d, user := newUser(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { issueInParallel(t, d, user) })
	}
	wg.Wait()
	var live int
	err := d.DB.QueryRow(context.Background(), `SELECT count(*) FROM links WHERE user_id = $1 AND purpose = 'reset_password' AND voided_at IS NULL`, user.ID.UUID).Scan(&live)
	if err != nil || live != 1 {
		t.Errorf("%d links are live after 8 concurrent ones, %v; want 1", live, err)
	}
}

// issueInParallel is issue for other goroutines than the test's, which must not call
// Fatal.
func issueInParallel(t *testing.T, d *domaintest.Domain, user scope.User) {
	err := d.DB.Tx(context.Background(), func(tx *pg.Tx) error {
		_, err := d.Onetime.Issue(context.Background(), tx, onetime.ResetPassword, user.ID, user.Email)
		return err
	})
	if err != nil {
		t.Errorf("Issue: %v", err)
	}
}

func TestUse_OtherPurpose(t *testing.T) {
	t.Parallel()
	d, user := newUser(t)
	for _, purpose := range all {
		_, token := issue(t, d, user, purpose)
		for _, other := range all {
			if other != purpose {
				wantDead(t, d, other, token, "made for "+string(purpose))
			}
		}
	}
}

func TestUse_RunOut(t *testing.T) {
	t.Parallel()
	d, user := newUser(t)
	for purpose, lifetime := range map[onetime.Purpose]string{
		onetime.VerifyEmail: "24 hours", onetime.ResetPassword: "1 hour", onetime.ConfirmEmail: "24 hours", onetime.UndoEmail: "7 days",
	} {
		made, token := issue(t, d, user, purpose)
		d.Exec(t, `UPDATE links SET expires_at = expires_at - $2::interval + interval '1 minute' WHERE id = $1`, made.ID, lifetime)
		if _, err := d.Onetime.Peek(context.Background(), purpose, token); err != nil {
			t.Errorf("%s, a minute before %s: %v", purpose, lifetime, err)
		}
		d.Exec(t, `UPDATE links SET expires_at = expires_at - interval '1 minute' WHERE id = $1`, made.ID)
		wantDead(t, d, purpose, token, "after "+lifetime)
	}
}

func TestUse_AddressChanged(t *testing.T) {
	t.Parallel()
	d, user := newUser(t)
	_, verify := issue(t, d, user, onetime.VerifyEmail)
	_, reset := issue(t, d, user, onetime.ResetPassword)
	_, undo := issue(t, d, user, onetime.UndoEmail)
	next := domaintest.Address()
	d.Exec(t, `UPDATE users SET email = $2, email_key = $2 WHERE id = $1`, user.ID.UUID, next)
	wantDead(t, d, onetime.VerifyEmail, verify, "for the address before")
	wantDead(t, d, onetime.ResetPassword, reset, "for the address before")
	if err := use(d, onetime.UndoEmail, undo); err != nil {
		t.Errorf("undo, for the address before: %v", err)
	}
}

func TestUse_DisabledAccount(t *testing.T) {
	t.Parallel()
	d, user := newUser(t)
	for _, purpose := range all {
		made, token := issue(t, d, user, purpose)
		d.Exec(t, `UPDATE users SET disabled_at = now() WHERE id = $1`, user.ID.UUID)
		wantDead(t, d, purpose, token, "of a disabled account")
		if _, live, err := d.Onetime.URL(context.Background(), made.ID); live || err != nil {
			t.Errorf("%s: a link of a disabled account would be sent: %v, %v", purpose, live, err)
		}
		d.Exec(t, `UPDATE users SET disabled_at = NULL WHERE id = $1`, user.ID.UUID)
	}
}

func TestUse_NoToken(t *testing.T) {
	t.Parallel()
	d := domaintest.New(t)
	for _, token := range []string{"", "x", "\x00", "\xff", strings.Repeat("a", 1<<16)} {
		wantDead(t, d, onetime.ResetPassword, token, "no token")
	}
}

// A copy of the table is of no use to an attacker: it does not contain the token.
func TestIssue_AtRest(t *testing.T) {
	t.Parallel()
	d, user := newUser(t)
	made, token := issue(t, d, user, onetime.ResetPassword)
	var row string
	if err := d.DB.QueryRow(context.Background(), `SELECT links::text FROM links WHERE id = $1`, made.ID).Scan(&row); err != nil {
		t.Fatal(err)
	}
	if len(token) < 22 || strings.Contains(row, token) {
		t.Errorf("the token %q is in the row %s, or is short", token, row)
	}
	if !strings.Contains(row, secret.HexHash(token)) {
		t.Errorf("the row %s does not have the token's SHA-256", row)
	}
}

// withKeys returns the links of a server with other keys.
func withKeys(t *testing.T, keys secret.KeysConfig) *onetime.Links {
	t.Helper()
	return domaintest.New(t, func(c *domain.Config) { c.Keys = secret.NewKeys(keys) }).Onetime
}

// A link from before a change of the key can be sent while the previous key is
// known. It can be used without that key, too.
func TestURL_KeyRotated(t *testing.T) {
	t.Parallel()
	d, user := newUser(t)
	made, before := issue(t, d, user, onetime.ResetPassword)
	old, next := []byte("0123456789abcdefghijklmnopqrstuvwxyz"), []byte(strings.Repeat("n", 36))
	rotating := withKeys(t, secret.KeysConfig{Current: next, Previous: old})
	if after := token(t, rotating, made.ID); after != before {
		t.Errorf("the token is %q after the rotation, was %q", after, before)
	}
	rotated := withKeys(t, secret.KeysConfig{Current: next})
	if _, live, err := rotated.URL(context.Background(), made.ID); live || err == nil {
		t.Errorf("URL without the key of the link: %v, %v; want an error, because the email must wait", live, err)
	}
	if _, err := rotated.Peek(context.Background(), onetime.ResetPassword, before); err != nil {
		t.Errorf("Peek after the rotation: %v", err)
	}
}
