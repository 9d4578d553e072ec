package accounts_test

import (
	"context"
	"testing"

	"stoa/domain/accounts"
	"stoa/domain/domaintest"
	"stoa/domain/mailer"
	"stoa/domain/onetime"
	"stoa/domain/scope"
	"stoa/domain/signin"
	"stoa/platform/fault"
)

// verify verifies the person's address by the newest link.
func verify(t *testing.T, d *domaintest.Domain, p scope.User) scope.User {
	t.Helper()
	token := d.Newest(t, p.Email, mailer.VerifyEmail).Token
	verified, err := d.Accounts.VerifyEmail(context.Background(), domaintest.Visitor(), token)
	if err != nil || !verified.EmailVerified || verified.ID != p.ID {
		t.Fatalf("VerifyEmail = %+v, %v", verified, err)
	}
	return verified
}

func TestVerifyEmail_ByTheLinkOfRegistration(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	in := d.Register(t, signin.Browser)
	token := d.Newest(t, in.User.Email, mailer.VerifyEmail).Token
	verify(t, d, in.User)
	if found, ok, err := d.Sessions.Find(ctx, in.Session.Token); err != nil || !ok || !found.User.EmailVerified {
		t.Errorf("the session finds %+v, %v, %v; want a verified person", found.User, ok, err)
	}
	if _, err := d.Accounts.VerifyEmail(ctx, domaintest.Visitor(), token); !onetime.IsDead(err) {
		t.Errorf("the link once more: %v, want dead", err)
	}
}

func TestResendVerification_VoidsTheOlder(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	in := d.Register(t, signin.API)
	older := d.Newest(t, in.User.Email, mailer.VerifyEmail).Token
	if sent, err := d.Accounts.ResendVerification(ctx, domaintest.Scope(in)); err != nil || !sent {
		t.Fatalf("ResendVerification = %v, %v", sent, err)
	}
	if _, err := d.Accounts.VerifyEmail(ctx, domaintest.Visitor(), older); !onetime.IsDead(err) {
		t.Errorf("the older link: %v, want dead", err)
	}
	in.User = verify(t, d, in.User)
	before := len(d.Mailbox(t, in.User.Email))
	if sent, err := d.Accounts.ResendVerification(ctx, domaintest.Scope(in)); err != nil || sent || len(d.Mailbox(t, in.User.Email)) != before {
		t.Errorf("ResendVerification for a verified address = %v, %v, or a letter", sent, err)
	}
}

func TestResendVerification_TooMany(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	in := d.Register(t, signin.Browser)
	for i := range 5 {
		_, err := d.Accounts.ResendVerification(ctx, domaintest.Scope(in)) // each from another address
		if tooMany := fault.Is(err, fault.TooMany); tooMany != (i >= 3) {
			t.Errorf("letter %d: %v, want three an hour", i+1, err)
		}
	}
	if got := len(d.Mailbox(t, in.User.Email)); got != 4 {
		t.Errorf("%d letters, want that of the registration and three", got)
	}
}

// The letter about the end of an account outlives it.
func TestClose_TellsTheOwner(t *testing.T) {
	t.Parallel()
	d := domaintest.New(t)
	in := d.Register(t, signin.Browser)
	verification := d.Newest(t, in.User.Email, mailer.VerifyEmail).Token
	if err := d.Accounts.Delete(context.Background(), domaintest.Scope(in), "password", domaintest.Password); err != nil {
		t.Fatal(err)
	}
	if facts := d.Newest(t, in.User.Email, mailer.AccountDeleted).Params; facts[mailer.IP] == "" {
		t.Errorf("the letter says %v", facts)
	}
	if _, err := d.Accounts.VerifyEmail(context.Background(), domaintest.Visitor(), verification); !onetime.IsDead(err) {
		t.Errorf("a link of the closed account: %v, want dead", err)
	}
}

func TestChangePassword_TellsTheOwner(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	in := d.Register(t, signin.Browser)
	change := accounts.PasswordChange{Current: "not this one at all", Password: nextPassword}
	if _, err := d.Accounts.ChangePassword(ctx, domaintest.Scope(in), change); err == nil || len(d.Mailbox(t, in.User.Email)) != 1 {
		t.Errorf("refused: %v, or a letter", err)
	}
	change.Current = domaintest.Password
	if _, err := d.Accounts.ChangePassword(ctx, domaintest.Scope(in), change); err != nil {
		t.Fatal(err)
	}
	d.Newest(t, in.User.Email, mailer.PasswordChanged)
}

func TestExport_HasWhatIsKept(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	in := d.Register(t, signin.Browser)
	d.SignIn(t, in.User, signin.API)
	_, err := d.Accounts.Export(ctx, domaintest.Scope(in), "current_password", "not this one at all")
	wantField(t, "a wrong password", err, "current_password", "wrong_password")
	e, err := d.Accounts.Export(ctx, domaintest.Scope(in), "current_password", domaintest.Password)
	if err != nil || e.User.ID != in.User.ID || len(e.SignIns) != 2 || len(e.Links) != 1 || len(e.Emails) != 2 || len(e.Events) < 3 || !e.Complete {
		t.Errorf("Export = %+v, %v", e, err)
	}
}
