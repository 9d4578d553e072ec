package operators_test

import (
	"context"
	"testing"

	"stoa/domain/accounts"
	"stoa/domain/domaintest"
	"stoa/domain/scope"
	"stoa/domain/signin"
	"stoa/platform/fault"
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

func TestResetPassword_EndsEverySignIn(t *testing.T) {
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
