package operators_test

import (
	"context"
	"testing"

	"stoa/domain/accounts"
	"stoa/domain/domaintest"
	"stoa/domain/scope"
	"stoa/domain/signin"
	"stoa/platform/fault"
	"stoa/platform/pg"
)

func TestResetLink_DisabledIsRefused(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	in := d.Register(t, signin.Browser)
	d.RequestReset(t, in.User.Email)
	reset := d.Newest(t, in.User.Email, accounts.KindResetPassword).Token
	if _, err := d.Operators.Disable(ctx, scope.Scope{}, in.User.Email); err != nil {
		t.Fatal(err)
	}
	if link, err := d.Operators.ResetLink(ctx, scope.Scope{}, in.User.Email); link != "" || !fault.Is(err, fault.Conflict) {
		t.Errorf("ResetLink = %q, %v, want it refused", link, err)
	}
	if _, err := d.Operators.Enable(ctx, scope.Scope{}, in.User.Email); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Accounts.ResetPassword(ctx, domaintest.Visitor(), reset, "another long phrase"); err != nil {
		t.Errorf("the refusal has voided the earlier link: %v", err)
	}
}

func TestDisable_EndsEverything(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	in := d.Register(t, signin.Browser)
	if changed, err := d.Operators.Disable(ctx, scope.Scope{}, in.User.Email); !changed || err != nil {
		t.Fatalf("Disable = %v, %v, want true", changed, err)
	}
	if _, ok, _ := d.Sessions.Find(ctx, in.Session.Token); ok {
		t.Error("the session is still valid")
	}
	if changed, err := d.Operators.Enable(ctx, scope.Scope{}, in.User.Email); !changed || err != nil {
		t.Fatalf("Enable = %v, %v, want true", changed, err)
	}
	if _, ok, _ := d.Sessions.Find(ctx, in.Session.Token); ok {
		t.Error("the ended session is valid again after Enable")
	}
	d.SignIn(t, in.User, signin.Browser)
}

func TestOperator_UnknownAddress(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	if _, err := d.Operators.Promote(ctx, scope.Scope{}, domaintest.Address()); !fault.Is(err, fault.NotFound) {
		t.Errorf("Promote(unknown) = %v, want NotFound", err)
	}
}

func TestSetPassword_EndsEverySignIn(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	in := d.Register(t, signin.Browser)
	domaintest.WantField(t, "SetPassword(short)", d.Operators.SetPassword(ctx, scope.Scope{}, in.User.Email, "short"), "password", "too_short")
	if err := d.Operators.SetPassword(ctx, scope.Scope{}, in.User.Email, "another long phrase"); err != nil {
		t.Fatal(err)
	}
	if _, ok, _ := d.Sessions.Find(ctx, in.Session.Token); ok {
		t.Error("a session is still valid after SetPassword")
	}
}

// The operator's password wins over a concurrent change by the user, in any order,
// and the user's session ends.
func TestSetPassword_BesideChangeByTheUser(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	const byUser, byOperator = "another long phrase", "a third long phrase"
	in := d.Register(t, signin.Browser)
	sc := domaintest.Scope(in)
	type outcome struct {
		done accounts.PasswordChanged
		err  error
	}
	changed, set := make(chan outcome, 1), make(chan error, 1)
	err := d.DB.Tx(ctx, func(tx *pg.Tx) error {
		// Both have checked and hashed the passwords before either can write.
		if _, err := tx.Exec(ctx, "SELECT FROM users WHERE id = $1 FOR UPDATE", in.User.ID.UUID); err != nil {
			return err
		}
		go func() {
			done, err := d.Accounts.ChangePassword(ctx, sc, accounts.PasswordChange{Current: domaintest.Password, Password: byUser})
			changed <- outcome{done, err}
		}()
		go func() { set <- d.Operators.SetPassword(ctx, scope.Scope{}, in.User.Email, byOperator) }()
		d.Waiting(t, tx, 2)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-set; err != nil {
		t.Errorf("SetPassword = %v, want nil", err)
	}
	user := <-changed
	if user.err != nil && !fault.Is(user.err, fault.Invalid) {
		t.Errorf("ChangePassword = %v, want nil or Invalid", user.err)
	}
	for what, token := range map[string]string{"old": in.Session.Token, "new": user.done.Token} {
		if _, ok, _ := d.Sessions.Find(ctx, token); ok {
			t.Errorf("the %s token of the user's session is still valid", what)
		}
	}
	credentials := signin.Credentials{Email: in.User.Email, Password: byOperator}
	if _, err := d.Signin.SignIn(ctx, domaintest.Visitor(), credentials, signin.Browser); err != nil {
		t.Errorf("SignIn with the operator's password: %v", err)
	}
}
