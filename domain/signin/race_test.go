package signin_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"stoa/db"
	"stoa/domain/domaintest"
	"stoa/domain/scope"
	"stoa/domain/sessions"
	"stoa/domain/signin"
	"stoa/platform/fault"
	"stoa/platform/limit"
	"stoa/platform/pg"
)

// meanwhile starts a sign-in with the correct password, waits until it needs the
// lock of the user's row, runs the statement on the account, and returns the
// result of the sign-in.
func meanwhile(t *testing.T, d *domaintest.Domain, user scope.User, sql string) (signin.Result, error) {
	t.Helper()
	ctx, sc := context.Background(), domaintest.Visitor()
	type outcome struct {
		in  signin.Result
		err error
	}
	results := make(chan outcome, 1)
	err := d.DB.Tx(ctx, func(tx *pg.Tx) error {
		// This lock blocks the opening of a session, but no reads.
		if _, err := tx.Exec(ctx, "SELECT FROM users WHERE id = $1 FOR UPDATE", user.ID.UUID); err != nil {
			return err
		}
		go func() {
			in, err := d.Signin.SignIn(ctx, sc, signin.Credentials{Email: user.Email, Password: domaintest.Password}, signin.Browser)
			results <- outcome{in, err}
		}()
		d.Waiting(t, tx, 1)
		_, err := tx.Exec(ctx, sql, user.ID.UUID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	o := <-results
	return o.in, o.err
}

// The password may change while the sign-in computes its hash.
func TestSignIn_PasswordChangedMeanwhile(t *testing.T) {
	t.Parallel()
	d := domaintest.New(t)
	in, err := meanwhile(t, d, d.Register(t, signin.Browser).User, "UPDATE users SET password_hash = 'changed' WHERE id = $1")
	if !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("SignIn = session %v, %v, want invalid_credentials: the password was changed before", in.Session.ID, err)
	}
}

func TestSignIn_AccountDisabledMeanwhile(t *testing.T) {
	t.Parallel()
	d := domaintest.New(t)
	in, err := meanwhile(t, d, d.Register(t, signin.Browser).User, "UPDATE users SET disabled_at = now() WHERE id = $1")
	if !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("SignIn = session %v, %v, want invalid_credentials", in.Session.ID, err)
	}
}

func TestSignIn_AccountClosedMeanwhile(t *testing.T) {
	t.Parallel()
	d := domaintest.New(t)
	_, err := meanwhile(t, d, d.Register(t, signin.Browser).User, "DELETE FROM users WHERE id = $1")
	wantCode(t, "SignIn", err, "invalid_credentials")
}

// A sign-in that is concurrent with Disable must not be valid after Enable.
func TestDisable_BesideASignIn(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	user := d.Register(t, signin.API).User
	var late sessions.Opened
	disabled := make(chan error, 1)
	err := d.DB.Tx(ctx, func(tx *pg.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT FROM users WHERE id = $1 FOR SHARE", user.ID.UUID); err != nil {
			return err
		}
		var err error
		if late, err = d.Sessions.Open(ctx, tx, domaintest.Visitor(), user, false); err != nil {
			return err
		}
		go func() {
			_, err := d.Operators.Disable(ctx, scope.Scope{}, user.Email)
			disabled <- err
		}()
		d.Waiting(t, tx, 1)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-disabled; err != nil {
		t.Fatalf("Disable = %v", err)
	}
	if _, err := d.Operators.Enable(ctx, scope.Scope{}, user.Email); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := d.Sessions.Find(ctx, late.Token); ok || err != nil {
		t.Errorf("Find = %v, %v, want the session ended", ok, err)
	}
}

// together makes concurrent attempts to sign in, each from an IP address of its own,
// and returns how many succeeded, were wrong and were too many.
func together(t *testing.T, d *domaintest.Domain, many int, email, password string) (in, wrong, tooMany int32) {
	t.Helper()
	var counts [3]atomic.Int32
	var all sync.WaitGroup
	for range many {
		all.Go(func() {
			switch err := signIn(d, domaintest.Visitor(), email, password, ""); {
			case err == nil:
				counts[0].Add(1)
			case fault.Is(err, fault.Unauthenticated):
				counts[1].Add(1)
			case fault.Is(err, fault.TooMany):
				counts[2].Add(1)
			default:
				t.Errorf("SignIn = %v", err)
			}
		})
	}
	all.Wait()
	return counts[0].Load(), counts[1].Load(), counts[2].Load()
}

// afterHash is a database that calls do before the second statement of the limits,
// which decides on an attempt after its hash.
type afterHash struct {
	db.DBTX
	calls int
	do    func()
}

func (a *afterHash) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	if a.calls++; a.calls == 2 {
		a.do()
	}
	return a.DBTX.QueryRow(ctx, sql, args...)
}

// Concurrent guesses all begin below the limit. The one that is correct must not
// succeed after ten wrong ones.
func TestSignIn_TenFailuresMeanwhile(t *testing.T) {
	t.Parallel()
	d, others := domaintest.New(t), domaintest.New(t)
	email := d.Register(t, signin.Browser).User.Email
	d.Accounts.Limits = limit.New(limit.Config{DB: &afterHash{DBTX: d.DB, do: func() {
		if _, wrong, _ := together(t, others, 10, email, "not the password"); wrong != 10 {
			t.Errorf("%d of 10 were wrong", wrong)
		}
	}}})
	if err := signIn(d, domaintest.Visitor(), email, domaintest.Password, ""); !fault.Is(err, fault.TooMany) {
		t.Errorf("SignIn with the correct password after 10 failures = %v, want TooMany", err)
	}
}

// Only failures count, however many attempts are concurrent.
func TestSignIn_RightPasswordsAtOnce(t *testing.T) {
	t.Parallel()
	d := domaintest.New(t)
	email := d.Register(t, signin.Browser).User.Email
	if in, wrong, tooMany := together(t, d, 40, email, domaintest.Password); in != 40 {
		t.Errorf("of 40 with the correct password %d succeeded, %d were wrong, %d too many", in, wrong, tooMany)
	}
	if in, wrong, tooMany := together(t, d, 40, email, "not the password"); in != 0 || wrong != 10 || tooMany != 30 {
		t.Errorf("of 40 with a wrong password %d succeeded, %d were wrong, %d too many, want 10 and 30", in, wrong, tooMany)
	}
}

// Both calls start before either has rotated the token.
func TestRefresh_TwoTabs(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	in := d.Register(t, signin.API)
	var next [2]sessions.Pair
	var errs [2]error
	var tabs sync.WaitGroup
	err := d.DB.Tx(ctx, func(tx *pg.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT FROM token_families WHERE user_id = $1 FOR UPDATE", in.User.ID.UUID); err != nil {
			return err
		}
		for i := range next {
			tabs.Go(func() { next[i], errs[i] = d.Sessions.Refresh(ctx, domaintest.Visitor(), in.Pair.Refresh) })
		}
		d.Waiting(t, tx, len(next))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	tabs.Wait()
	if errs != [2]error{} || next[0].Refresh != next[1].Refresh || next[0].Access != next[1].Access {
		t.Errorf("two refreshes = %v, %v, want the same pair twice", next, errs)
	}
}

// A refresh that is concurrent with the deletion of its account succeeds, or returns
// refresh_token_invalid. It must not return an internal error or a deadlock.
func TestRefresh_AccountClosedMeanwhile(t *testing.T) {
	t.Parallel()
	d := domaintest.New(t)
	for range 5 {
		in := d.Register(t, signin.API)
		var deleted atomic.Bool
		var clients sync.WaitGroup
		for range 3 {
			clients.Go(func() { refreshUntil(t, d, in, &deleted) })
		}
		d.Exec(t, "DELETE FROM users WHERE id = $1", in.User.ID.UUID)
		deleted.Store(true)
		clients.Wait()
	}
}

// refreshUntil refreshes one token after the other until the account is deleted.
func refreshUntil(t *testing.T, d *domaintest.Domain, in signin.Result, deleted *atomic.Bool) {
	refresh := in.Pair.Refresh
	for !deleted.Load() {
		next, err := d.Sessions.Refresh(context.Background(), domaintest.Visitor(), refresh)
		if err != nil {
			if !fault.Is(err, fault.Unauthenticated) {
				t.Errorf("Refresh = %v, want refresh_token_invalid", err)
			}
			return
		}
		refresh = next.Refresh
	}
}
