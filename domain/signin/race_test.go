package signin_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"stoa/domain/domaintest"
	"stoa/domain/scope"
	"stoa/domain/sessions"
	"stoa/domain/signin"
	"stoa/platform/fault"
	"stoa/platform/pg"
)

// meanwhile starts a sign-in with the right password, lets it come as far as
// the person's row, carries out what else happens to the account, and returns
// what the sign-in came to.
func meanwhile(t *testing.T, d *domaintest.Domain, p scope.User, happens string) (signin.Result, error) {
	t.Helper()
	ctx, sc := context.Background(), domaintest.Visitor()
	type outcome struct {
		in  signin.Result
		err error
	}
	came := make(chan outcome, 1)
	err := d.DB.Tx(ctx, func(tx *pg.Tx) error {
		// Readers pass this lock; whoever opens a session waits for it.
		if _, err := tx.Exec(ctx, "SELECT FROM users WHERE id = $1 FOR UPDATE", p.ID.UUID); err != nil {
			return err
		}
		go func() {
			in, err := d.Signin.SignIn(ctx, sc, signin.Credentials{Email: p.Email, Password: domaintest.Password}, signin.Browser)
			came <- outcome{in, err}
		}()
		d.Waiting(t, tx, 1)
		_, err := tx.Exec(ctx, happens, p.ID.UUID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	o := <-came
	return o.in, o.err
}

// The hash takes its time, and what it was checked against may be gone by then.
func TestSignIn_PasswordChangedMeanwhile(t *testing.T) {
	t.Parallel()
	d := domaintest.New(t)
	in, err := meanwhile(t, d, d.Register(t, signin.Browser).User, "UPDATE users SET password_hash = 'changed' WHERE id = $1")
	if !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("SignIn = session %v, %v, want invalid_credentials: its password was changed before it came in", in.Session.ID, err)
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

// A sign-in that is not through yet when its account is disabled must not come
// to life with the account later.
func TestDisable_BesideASignIn(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	p := d.Register(t, signin.API).User
	var late sessions.Opened
	disabled := make(chan error, 1)
	err := d.DB.Tx(ctx, func(tx *pg.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT FROM users WHERE id = $1 FOR SHARE", p.ID.UUID); err != nil {
			return err
		}
		var err error
		if late, err = d.Sessions.Open(ctx, tx, domaintest.Visitor(), p, false); err != nil {
			return err
		}
		go func() {
			_, err := d.Operators.Disable(ctx, scope.Scope{}, p.Email)
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
	if _, err := d.Operators.Enable(ctx, scope.Scope{}, p.Email); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := d.Sessions.Find(ctx, late.Token); ok || err != nil {
		t.Errorf("Find = %v, %v, want the session of before the end gone for good", ok, err)
	}
}

// together signs so many in at once, each from an address of its own, and
// returns how many came in, were wrong and were too many.
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

// Only failures count, however many are on their way.
func TestSignIn_RightPasswordsAtOnce(t *testing.T) {
	t.Parallel()
	d := domaintest.New(t)
	email := d.Register(t, signin.Browser).User.Email
	if in, wrong, tooMany := together(t, d, 40, email, domaintest.Password); in != 40 {
		t.Errorf("of 40 with the right password %d came in, %d were wrong, %d too many", in, wrong, tooMany)
	}
	if in, wrong, tooMany := together(t, d, 40, email, "not the password"); in != 0 || wrong != 10 || tooMany != 30 {
		t.Errorf("of 40 with a wrong one %d came in, %d were wrong, %d too many, want 10 and 30", in, wrong, tooMany)
	}
}

// Both are on their way before either has rotated the token.
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

// Who refreshes while the account goes is refused, or was a moment earlier; it
// is nobody's fault inside, and no deadlock.
func TestRefresh_AccountClosedMeanwhile(t *testing.T) {
	t.Parallel()
	d := domaintest.New(t)
	for range 5 {
		in := d.Register(t, signin.API)
		var closed atomic.Bool
		var programs sync.WaitGroup
		for range 3 {
			programs.Go(func() { refreshUntil(t, d, in, &closed) })
		}
		d.Exec(t, "DELETE FROM users WHERE id = $1", in.User.ID.UUID)
		closed.Store(true)
		programs.Wait()
	}
}

// refreshUntil goes from token to token.
func refreshUntil(t *testing.T, d *domaintest.Domain, in signin.Result, closed *atomic.Bool) {
	refresh := in.Pair.Refresh
	for !closed.Load() {
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
