package accounts_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"stoa/domain/accounts"
	"stoa/domain/domaintest"
	"stoa/domain/onetime"
	"stoa/domain/scope"
	"stoa/domain/signin"
	"stoa/platform/fault"
	"stoa/platform/pg"
)

const nextPassword = "another long phrase"

func TestChangePassword_EndsEveryOtherSignIn(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	in := d.Register(t, signin.Browser)
	other, client := d.SignIn(t, in.User, signin.Browser), d.SignIn(t, in.User, signin.API)
	done, err := d.Accounts.ChangePassword(ctx, domaintest.Scope(in), accounts.PasswordChange{Current: domaintest.Password, Password: nextPassword})
	if err != nil || done.Ended != 2 {
		t.Fatalf("ChangePassword = %+v, %v, want 2 ended", done, err)
	}
	for what, token := range map[string]string{"the old token of this session": in.Session.Token, "the other session": other.Session.Token} {
		if _, ok, _ := d.Sessions.Find(ctx, token); ok {
			t.Error(what, "is still valid")
		}
	}
	if _, ok, _ := d.Sessions.Find(ctx, done.Token); !ok {
		t.Error("the acting session has ended, too")
	}
	if _, err := d.Sessions.Authenticate(ctx, client.Pair.Access); err == nil {
		t.Error("the access token is still valid")
	}
	_, err = d.Signin.SignIn(ctx, domaintest.Visitor(), signin.Credentials{Email: in.User.Email, Password: nextPassword}, signin.API)
	if err != nil {
		t.Errorf("SignIn with the new password: %v", err)
	}
}

// An attacker who knew the old password may have requested links to regain access.
func TestPasswordChanged_TakesBackWhatWaits(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*domaintest.Domain, signin.Result) error{
		"by the owner": func(d *domaintest.Domain, in signin.Result) error {
			_, err := d.Accounts.ChangePassword(t.Context(), domaintest.Scope(in), accounts.PasswordChange{Current: domaintest.Password, Password: nextPassword})
			return err
		},
		"by an operator": func(d *domaintest.Domain, in signin.Result) error {
			return d.Operators.SetPassword(t.Context(), scope.Scope{}, in.User.Email, nextPassword)
		},
	} {
		d := domaintest.New(t)
		in, pending := d.Register(t, signin.Browser), domaintest.Address()
		if err := d.Accounts.RequestEmailChange(t.Context(), domaintest.Scope(in), accounts.EmailChange{Email: pending, Current: domaintest.Password}); err != nil {
			t.Fatal(err)
		}
		reset, confirm := resetToken(t, d, in.User), d.Newest(t, pending, accounts.KindEmailConfirm).Token
		if err := change(d, in); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := d.Accounts.ResetPassword(t.Context(), domaintest.Visitor(), reset, nextPassword+"!"); !onetime.IsDead(err) {
			t.Errorf("%s: the reset link still works: %v", name, err)
		}
		if _, err := d.Accounts.ConfirmEmail(t.Context(), domaintest.Visitor(), withPassword(confirm)); !onetime.IsDead(err) {
			t.Errorf("%s: the email change can still be confirmed: %v", name, err)
		}
		if d.Newest(t, in.User.Email, accounts.KindEmailUndo).Token == "" {
			t.Errorf("%s: the email change can no longer be undone", name)
		}
	}
}

func TestChangePassword_Refused(t *testing.T) {
	t.Parallel()
	d, sc := domaintest.NewUser(t)
	ctx := context.Background()
	for _, tt := range []struct{ current, next, field, code string }{
		{"", nextPassword, "current_password", "required"},
		{"not the password", nextPassword, "current_password", "wrong_password"},
		{domaintest.Password, "short", "password", "too_short"},
	} {
		_, err := d.Accounts.ChangePassword(ctx, sc, accounts.PasswordChange{Current: tt.current, Password: tt.next})
		domaintest.WantField(t, "ChangePassword("+tt.current+", "+tt.next+")", err, tt.field, tt.code)
	}
}

func TestChangePassword_TwiceAtOnceOneWins(t *testing.T) {
	t.Parallel()
	d, sc := domaintest.NewUser(t)
	ctx := context.Background()
	var succeeded atomic.Int32
	var wg sync.WaitGroup
	err := d.DB.Tx(ctx, func(tx *pg.Tx) error {
		// Both have checked the old password before the first can set a new one.
		if _, err := tx.Exec(ctx, "SELECT FROM users WHERE id = $1 FOR UPDATE", sc.User.ID.UUID); err != nil {
			return err
		}
		for range 2 {
			wg.Go(func() {
				_, err := d.Accounts.ChangePassword(ctx, sc, accounts.PasswordChange{Current: domaintest.Password, Password: nextPassword})
				if err == nil {
					succeeded.Add(1)
				} else if !fault.Is(err, fault.Invalid) {
					t.Errorf("ChangePassword: %v", err)
				}
			})
		}
		d.Waiting(t, tx, 2)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	if succeeded.Load() != 1 {
		t.Errorf("%d changes succeeded, want 1", succeeded.Load())
	}
}

func TestChangePassword_WrongOnesAreLimited(t *testing.T) {
	t.Parallel()
	d, sc := domaintest.NewUser(t)
	ctx := context.Background()
	change := func(current string) error {
		_, err := d.Accounts.ChangePassword(ctx, sc, accounts.PasswordChange{Current: current, Password: nextPassword})
		return err
	}
	for range 10 {
		domaintest.WantField(t, "a wrong password", change("not the password"), "current_password", "wrong_password")
	}
	if err := change(domaintest.Password); !fault.Is(err, fault.TooMany) {
		t.Errorf("attempt 11 = %v, want TooMany", err)
	}
}

func TestChangePassword_NotifiesTheUser(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	in := d.Register(t, signin.Browser)
	change := accounts.PasswordChange{Current: "not this one at all", Password: nextPassword}
	if _, err := d.Accounts.ChangePassword(ctx, domaintest.Scope(in), change); err == nil || len(d.Mailbox(t, in.User.Email)) != 1 {
		t.Errorf("ChangePassword(wrong) = %v, or it sent an email", err)
	}
	change.Current = domaintest.Password
	if _, err := d.Accounts.ChangePassword(ctx, domaintest.Scope(in), change); err != nil {
		t.Fatal(err)
	}
	d.Newest(t, in.User.Email, accounts.KindPasswordChanged)
}
