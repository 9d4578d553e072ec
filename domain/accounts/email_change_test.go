package accounts_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"stoa/domain/accounts"
	"stoa/domain/domaintest"
	"stoa/domain/mailer"
	"stoa/domain/onetime"
	"stoa/domain/scope"
	"stoa/domain/signin"
	"stoa/platform/fault"
)

// requestChange requests a change of the email address, and returns the tokens that the new
// and the old address receive.
func requestChange(t *testing.T, d *domaintest.Domain, in signin.Result, from, to string) (confirm, undo string) {
	t.Helper()
	sc := domaintest.Scope(in)
	sc.User.Email = from
	err := d.Accounts.RequestEmailChange(context.Background(), sc, accounts.EmailChange{Email: to, Current: domaintest.Password})
	if err != nil {
		t.Fatalf("RequestEmailChange(%s): %v", to, err)
	}
	return d.Newest(t, to, accounts.KindEmailConfirm).Token, d.Newest(t, from, accounts.KindEmailUndo).Token
}

func confirm(t *testing.T, d *domaintest.Domain, token string) scope.User {
	t.Helper()
	user, err := d.Accounts.ConfirmEmail(context.Background(), domaintest.Visitor(), withPassword(token))
	if err != nil {
		t.Fatalf("ConfirmEmail: %v", err)
	}
	return user
}

func wantTaken(t *testing.T, what string, err error) {
	t.Helper()
	if f := fault.As(err); f == nil || f.Code != "email_taken" {
		t.Errorf("%s = %v, want email_taken", what, err)
	}
}

func TestConfirmEmail_ChangesIt(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	in := d.Register(t, signin.Browser)
	before, next := in.User.Email, strings.ToUpper(domaintest.Address()[:8])+domaintest.Address()[8:]
	verification, reset := d.Newest(t, before, accounts.KindVerifyEmail).Token, resetToken(t, d, in.User)
	token, _ := requestChange(t, d, in, before, next)
	if found, _, _ := d.Sessions.Find(ctx, in.Session.Token); found.User.Email != before {
		t.Errorf("before the confirmation the address is %q", found.User.Email)
	}
	if got := d.Newest(t, before, accounts.KindEmailUndo).Params; got[accounts.ParamNewEmail] != next || got[mailer.IP] == "" {
		t.Errorf("the notice has the parameters %v", got)
	}
	changed := confirm(t, d, token)
	if changed.Email != next || !changed.EmailVerified {
		t.Errorf("after the confirmation: %+v, want %s, verified", changed, next)
	}
	if found, ok, _ := d.Sessions.Find(ctx, in.Session.Token); !ok || found.User.Email != next {
		t.Errorf("the session finds %q, %v", found.User.Email, ok)
	}
	_, err := d.Onetime.Peek(ctx, onetime.ConfirmEmail, token)
	domaintest.WantField(t, "the link again", err, "token", "already_changed")
	for purpose, token := range map[onetime.Purpose]string{onetime.VerifyEmail: verification, onetime.ResetPassword: reset} {
		if _, err := d.Onetime.Peek(ctx, purpose, token); !onetime.IsDead(err) {
			t.Errorf("%s sent before the change: %v, want dead", purpose, err)
		}
	}
	if _, err := signInBrowser(d, next, domaintest.Password); err != nil {
		t.Errorf("SignIn with the new address: %v", err)
	}
	if _, err := signInBrowser(d, before, domaintest.Password); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("SignIn with the old address: %v, want Unauthenticated", err)
	}
}

// Only ConfirmEmail, which requires access to the mailbox, returns that the address
// has an account. RequestEmailChange does not.
func TestRequestEmail_TakenAddress(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	in, other := d.Register(t, signin.Browser), d.Register(t, signin.Browser)
	token, _ := requestChange(t, d, in, in.User.Email, other.User.Email)
	for range 2 { // the link stays valid: the address may become free
		_, err := d.Accounts.ConfirmEmail(ctx, domaintest.Visitor(), withPassword(token))
		wantTaken(t, "ConfirmEmail", err)
	}
	if found, _, _ := d.Sessions.Find(ctx, in.Session.Token); found.User.Email != in.User.Email {
		t.Errorf("the address is %q", found.User.Email)
	}
}

func TestRequestEmail_Refused(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	in := d.Register(t, signin.Browser)
	request := func(email, current string) error {
		return d.Accounts.RequestEmailChange(ctx, domaintest.Scope(in), accounts.EmailChange{Email: email, Current: current})
	}
	next := domaintest.Address()
	domaintest.WantField(t, "a wrong password", request(next, "not this one at all"), "current_password", "wrong_password")
	domaintest.WantField(t, "no password", request(next, ""), "current_password", "required")
	domaintest.WantField(t, "no address", request("ada", domaintest.Password), "email", "invalid_email")
	domaintest.WantField(t, "the user's address", request(in.User.Email, domaintest.Password), "email", "unchanged")
	if got := d.Mailbox(t, next); len(got) != 0 {
		t.Errorf("emails after refused requests: %+v", got)
	}
	for i := range 4 {
		if err := request(domaintest.Address(), domaintest.Password); fault.Is(err, fault.TooMany) != (i >= 3) {
			t.Errorf("request %d: %v, want three per hour", i+1, err)
		}
	}
}

func TestRequestEmail_NewerVoidsOlder(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	in := d.Register(t, signin.Browser)
	older, _ := requestChange(t, d, in, in.User.Email, domaintest.Address())
	next := domaintest.Address()
	newer, _ := requestChange(t, d, in, in.User.Email, next)
	if _, err := d.Accounts.ConfirmEmail(ctx, domaintest.Visitor(), withPassword(older)); !onetime.IsDead(err) {
		t.Errorf("the older confirmation: %v, want dead", err)
	}
	if got := confirm(t, d, newer).Email; got != next {
		t.Errorf("the address is %q, want %q", got, next)
	}
}

// After an attacker has taken over an account and changed its address twice, the
// undo link of the first address gives the account back to its user.
func TestUndoEmail_TakesTheAccountBack(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	in := d.Register(t, signin.Browser)
	owner := in.User.Email
	second, third := domaintest.Address(), domaintest.Address()
	token, undo := requestChange(t, d, in, owner, second)
	confirm(t, d, token)
	token, secondUndo := requestChange(t, d, in, second, third)
	confirm(t, d, token)
	attacker, err := signInBrowser(d, third, domaintest.Password)
	if err != nil {
		t.Fatal(err)
	}
	in.User.Email = third
	reset := resetToken(t, d, in.User)
	pending, _ := requestChange(t, d, in, third, domaintest.Address())

	done, err := d.Accounts.UndoEmail(ctx, domaintest.Visitor(), undo)
	if err != nil || done.User.Email != owner || !done.User.EmailVerified || done.Ended != 2 {
		t.Fatalf("UndoEmail = %+v, %v, want %s again and 2 ended", done, err, owner)
	}
	if _, ok, _ := d.Sessions.Find(ctx, attacker.Session.Token); ok {
		t.Error("the attacker is still signed in")
	}
	for purpose, token := range map[onetime.Purpose]string{onetime.ResetPassword: reset, onetime.ConfirmEmail: pending, onetime.UndoEmail: secondUndo} {
		if _, err := d.Onetime.Peek(ctx, purpose, token); !onetime.IsDead(err) {
			t.Errorf("%s sent to the new address: %v, want dead", purpose, err)
		}
	}
	if _, err := d.Accounts.ResetPassword(ctx, domaintest.Visitor(), done.Reset, nextPassword); err != nil {
		t.Errorf("the owner's new password: %v", err)
	}
}

func TestUndoEmail_BeforeTheConfirmation(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	in := d.Register(t, signin.Browser)
	token, undo := requestChange(t, d, in, in.User.Email, domaintest.Address())
	done, err := d.Accounts.UndoEmail(ctx, domaintest.Visitor(), undo)
	if err != nil || done.Ended != 0 || done.Reset != "" {
		t.Fatalf("UndoEmail = %+v, %v, want that it only cancels the change", done, err)
	}
	if _, ok, _ := d.Sessions.Find(ctx, in.Session.Token); !ok {
		t.Error("the user is signed out")
	}
	if _, err := d.Accounts.ConfirmEmail(ctx, domaintest.Visitor(), withPassword(token)); !onetime.IsDead(err) {
		t.Errorf("the confirmation after that: %v, want dead", err)
	}
}

// A verified address stays reserved while the change can be undone. An address that
// was never verified may belong to another user, who may register with it.
func TestRegister_AddressThatCanBeRestored(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	for what, verified := range map[string]bool{"verified": true, "unverified": false} {
		in := d.Register(t, signin.Browser)
		left := in.User.Email
		if verified {
			in.User = verify(t, d, in.User)
		}
		token, undo := requestChange(t, d, in, left, domaintest.Address())
		confirm(t, d, token)
		_, err := d.Signin.Register(ctx, domaintest.Visitor(), accounts.Registration{Name: "Eve", Email: left, Password: domaintest.Password}, signin.API)
		_, undone := d.Accounts.UndoEmail(ctx, domaintest.Visitor(), undo)
		if !verified {
			if err != nil {
				t.Errorf("%s: Register: %v", what, err)
			}
			wantTaken(t, "UndoEmail", undone)
			continue
		}
		wantTaken(t, what+": Register", err)
		if undone != nil {
			t.Errorf("%s: UndoEmail: %v", what, undone)
		}
	}
}

// Of a confirmation and concurrent registrations with one address, only one
// succeeds.
func TestConfirmEmail_BesideRegistration(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	for range 4 {
		in, next := d.Register(t, signin.Browser), domaintest.Address()
		token, _ := requestChange(t, d, in, in.User.Email, next)
		errs := make([]error, 4)
		var wg sync.WaitGroup
		wg.Go(func() { _, errs[0] = d.Accounts.ConfirmEmail(ctx, domaintest.Visitor(), withPassword(token)) })
		for i := range errs[1:] {
			wg.Go(func() {
				r := accounts.Registration{Name: "Eve", Email: next, Password: domaintest.Password}
				_, errs[i+1] = d.Signin.Register(ctx, domaintest.Visitor(), r, signin.API)
			})
		}
		wg.Wait()
		got := 0
		for _, err := range errs {
			if err == nil {
				got++
				continue
			}
			wantTaken(t, "another call", err)
		}
		if got != 1 {
			t.Errorf("%d calls got the address, want 1: %v", got, errs)
		}
	}
}

// Many accounts cannot send many emails to one mailbox.
func TestRequestEmail_FewToAMailbox(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	next := domaintest.Address()
	local, domain, _ := strings.Cut(next, "@")
	for i, address := range []string{next, strings.ToUpper(next), local + "+tag@" + domain, next, local + "+other@" + domain} {
		in := d.Register(t, signin.Browser)
		err := d.Accounts.RequestEmailChange(ctx, domaintest.Scope(in), accounts.EmailChange{Email: address, Current: domaintest.Password})
		if fault.Is(err, fault.TooMany) != (i >= 3) {
			t.Errorf("request %d to one mailbox: %v, want three per hour", i+1, err)
		}
	}
}
