package accounts_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"stoa/domain/accounts"
	"stoa/domain/domaintest"
	"stoa/domain/mailer"
	"stoa/domain/scope"
	"stoa/domain/signin"
	"stoa/platform/fault"
)

// signInBrowser signs in with a browser.
func signInBrowser(d *domaintest.Domain, address, password string) (signin.Result, error) {
	c := signin.Credentials{Email: address, Password: password}
	return d.Signin.SignIn(context.Background(), domaintest.Visitor(), c, signin.Browser)
}

// resetToken requests a password reset and returns the token of the link.
func resetToken(t *testing.T, d *domaintest.Domain, user scope.User) string {
	t.Helper()
	d.RequestReset(t, user.Email)
	return d.Newest(t, user.Email, accounts.KindResetPassword).Token
}

func TestResetByLink_EndsEverything(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	in := d.Register(t, signin.Browser)
	client := d.SignIn(t, in.User, signin.API)
	pending := domaintest.Address()
	if err := d.Accounts.RequestEmailChange(ctx, domaintest.Scope(in), accounts.EmailChange{Email: pending, Current: domaintest.Password}); err != nil {
		t.Fatal(err)
	}
	done, err := d.Accounts.ResetPassword(ctx, domaintest.Visitor(), resetToken(t, d, in.User), nextPassword)
	if err != nil || done.Ended != 2 || !done.User.EmailVerified {
		t.Fatalf("ResetPassword = %+v, %v, want 2 ended and the address verified", done, err)
	}
	if _, ok, _ := d.Sessions.Find(ctx, in.Session.Token); ok {
		t.Error("the browser is still signed in")
	}
	if _, err := d.Sessions.Authenticate(ctx, client.Pair.Access); err == nil {
		t.Error("the access token is still valid")
	}
	if got := d.Newest(t, pending, accounts.KindEmailConfirm).Token; got != "" {
		t.Error("the email change can still be confirmed")
	}
	if d.Newest(t, in.User.Email, accounts.KindEmailUndo).Token == "" {
		t.Error("the email change can no longer be undone")
	}
	if got := d.Newest(t, in.User.Email, accounts.KindPasswordChanged).Params; got[mailer.IP] == "" || got[mailer.At] == "" || got[mailer.Device] == "" {
		t.Errorf("the notice has the parameters %v", got)
	}
	if _, err := signInBrowser(d, in.User.Email, domaintest.Password); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("the old password: %v, want Unauthenticated", err)
	}
	if _, err := signInBrowser(d, in.User.Email, nextPassword); err != nil {
		t.Errorf("the new password: %v", err)
	}
}

func TestResetByLink_RefusedPasswordKeepsTheLink(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	in := d.Register(t, signin.Browser)
	token := resetToken(t, d, in.User)
	_, err := d.Accounts.ResetPassword(ctx, domaintest.Visitor(), token, "password1234")
	domaintest.WantField(t, "a common password", err, "password", "too_common")
	_, err = d.Accounts.ResetPassword(ctx, domaintest.Visitor(), token, in.User.Email)
	domaintest.WantField(t, "the user's address", err, "password", "own_address")
	if _, err := d.Accounts.ResetPassword(ctx, domaintest.Visitor(), token, nextPassword); err != nil {
		t.Errorf("a valid password after that: %v", err)
	}
}

func TestResetByLink_ManyAtOnce(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	in := d.Register(t, signin.Browser)
	token := resetToken(t, d, in.User)
	var wg sync.WaitGroup
	var set atomic.Int32
	for range 20 {
		wg.Go(func() {
			_, err := d.Accounts.ResetPassword(ctx, domaintest.Visitor(), token, nextPassword)
			if err == nil {
				set.Add(1)
			} else if !fault.Is(err, fault.Invalid) {
				t.Errorf("ResetPassword: %v", err)
			}
		})
	}
	wg.Wait()
	if got := set.Load(); got != 1 {
		t.Errorf("%d of 20 concurrent resets succeeded, want 1", got)
	}
}

// A sign-in with the old password, concurrent with a reset in any order, must not
// leave a session.
func TestResetByLink_BesideSignIn(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	for range 5 {
		in := d.Register(t, signin.Browser)
		token := resetToken(t, d, in.User)
		var wg sync.WaitGroup
		opened := make([]signin.Result, 4)
		for i := range opened {
			wg.Go(func() { opened[i], _ = signInBrowser(d, in.User.Email, domaintest.Password) })
		}
		wg.Go(func() {
			if _, err := d.Accounts.ResetPassword(ctx, domaintest.Visitor(), token, nextPassword); err != nil {
				t.Errorf("ResetPassword: %v", err)
			}
		})
		wg.Wait()
		for _, o := range opened {
			if _, ok, _ := d.Sessions.Find(ctx, o.Session.Token); ok {
				t.Error("a sign-in with the old password is valid after the reset")
			}
		}
	}
}

// Attempts of unknown clients must not lock the user out after a reset.
func TestResetByLink_AfterTooManyGuesses(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	in := d.Register(t, signin.Browser)
	for range 10 {
		if _, err := signInBrowser(d, in.User.Email, "not this one at all"); !fault.Is(err, fault.Unauthenticated) {
			t.Fatalf("a wrong password: %v", err)
		}
	}
	if _, err := signInBrowser(d, in.User.Email, domaintest.Password); !fault.Is(err, fault.TooMany) {
		t.Fatalf("attempt 11: %v, want TooMany", err)
	}
	if _, err := d.Accounts.ResetPassword(ctx, domaintest.Visitor(), resetToken(t, d, in.User), nextPassword); err != nil {
		t.Fatal(err)
	}
	if _, err := signInBrowser(d, in.User.Email, nextPassword); err != nil {
		t.Errorf("SignIn after the reset: %v", err)
	}
}

// RequestReset does the same for an address with an account and for one without.
// Only the worker sends an email, and not to an unknown address or a disabled
// account.
func TestForgotPassword_UnknownOrDisabled(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	known := d.Register(t, signin.Browser).User
	before := len(d.Mailbox(t, known.Email))
	if err := d.Accounts.RequestReset(ctx, domaintest.Visitor(), known.Email); err != nil || len(d.Mailbox(t, known.Email)) != before {
		t.Errorf("RequestReset: %v, or it sent an email itself", err)
	}
	unknown := domaintest.Address()
	d.RequestReset(t, unknown)
	if got := d.Mailbox(t, unknown); len(got) != 0 {
		t.Errorf("emails to an address without an account: %+v", got)
	}
	disabled := d.Register(t, signin.Browser).User
	d.Exec(t, `UPDATE users SET disabled_at = now() WHERE id = $1`, disabled.ID.UUID)
	d.RequestReset(t, disabled.Email)
	if got := d.Mailbox(t, disabled.Email); len(got) != 1 {
		t.Errorf("emails to a disabled account: %+v, want only the one of the registration", got)
	}
	if left := count(t, d, `SELECT count(*) FROM reset_requests WHERE email_key = ANY($1)`, []string{unknown, disabled.Email}); left != 0 {
		t.Errorf("%d requests are kept after their answer", left)
	}
}

// A request with an abandoned job is deleted, and its address with it.
func TestExpireResetRequests(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	old, young := domaintest.Address(), domaintest.Address()
	for _, address := range []string{old, young} {
		if err := d.Accounts.RequestReset(ctx, domaintest.Visitor(), address); err != nil {
			t.Fatal(err)
		}
	}
	d.Exec(t, `UPDATE reset_requests SET created_at = created_at - interval '25 hours' WHERE email_key = $1`, old)
	deleted, err := d.Accounts.ExpireResetRequests(ctx, 1000)
	if err != nil || deleted < 1 {
		t.Fatalf("ExpireResetRequests = %d, %v, want one deleted", deleted, err)
	}
	for address, want := range map[string]int{old: 0, young: 1} {
		if left := count(t, d, `SELECT count(*) FROM reset_requests WHERE email_key = $1`, address); left != want {
			t.Errorf("%d requests for %s are left, want %d", left, address, want)
		}
	}
}

func count(t *testing.T, d *domaintest.Domain, sql string, args ...any) (n int) {
	t.Helper()
	if err := d.DB.QueryRow(context.Background(), sql, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestForgotPassword_TooMany(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	for what, address := range map[string]string{"known": d.Register(t, signin.Browser).User.Email, "unknown": domaintest.Address()} {
		for i := range 4 {
			err := d.Accounts.RequestReset(ctx, domaintest.Visitor(), address)
			if tooMany := fault.Is(err, fault.TooMany); tooMany != (i >= 3) {
				t.Errorf("%s, request %d: %v, want three per hour", what, i+1, err)
			}
		}
	}
	from := domaintest.Visitor()
	for i := range 11 {
		err := d.Accounts.RequestReset(ctx, from, domaintest.Address())
		if tooMany := fault.Is(err, fault.TooMany); tooMany != (i >= 10) {
			t.Errorf("request %d from one IP address: %v, want ten per hour", i+1, err)
		}
	}
	domaintest.WantField(t, "no address", d.Accounts.RequestReset(ctx, domaintest.Visitor(), "ada"), "email", "invalid_email")
}
