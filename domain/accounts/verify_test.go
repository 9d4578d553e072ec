package accounts_test

import (
	"context"
	"testing"

	"stoa/domain/accounts"
	"stoa/domain/domaintest"
	"stoa/domain/onetime"
	"stoa/domain/scope"
	"stoa/domain/signin"
	"stoa/platform/fault"
)

// verify verifies the user's address with the newest link.
func verify(t *testing.T, d *domaintest.Domain, user scope.User) scope.User {
	t.Helper()
	token := d.Newest(t, user.Email, accounts.KindVerifyEmail).Token
	verified, err := d.Accounts.VerifyEmail(context.Background(), domaintest.Visitor(), token)
	if err != nil || !verified.EmailVerified || verified.ID != user.ID {
		t.Fatalf("VerifyEmail = %+v, %v", verified, err)
	}
	return verified
}

func TestVerifyEmail_ByTheLinkOfRegistration(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	in := d.Register(t, signin.Browser)
	token := d.Newest(t, in.User.Email, accounts.KindVerifyEmail).Token
	verify(t, d, in.User)
	if found, ok, err := d.Sessions.Find(ctx, in.Session.Token); err != nil || !ok || !found.User.EmailVerified {
		t.Errorf("the session finds %+v, %v, %v; want a verified user", found.User, ok, err)
	}
	if _, err := d.Accounts.VerifyEmail(ctx, domaintest.Visitor(), token); !onetime.IsDead(err) {
		t.Errorf("the link again: %v, want dead", err)
	}
}

func TestResendVerification_VoidsTheOlder(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	in := d.Register(t, signin.API)
	older := d.Newest(t, in.User.Email, accounts.KindVerifyEmail).Token
	if sent, err := d.Accounts.ResendVerification(ctx, domaintest.Scope(in)); err != nil || !sent {
		t.Fatalf("ResendVerification = %v, %v", sent, err)
	}
	if _, err := d.Accounts.VerifyEmail(ctx, domaintest.Visitor(), older); !onetime.IsDead(err) {
		t.Errorf("the older link: %v, want dead", err)
	}
	in.User = verify(t, d, in.User)
	before := len(d.Mailbox(t, in.User.Email))
	if sent, err := d.Accounts.ResendVerification(ctx, domaintest.Scope(in)); err != nil || sent || len(d.Mailbox(t, in.User.Email)) != before {
		t.Errorf("ResendVerification for a verified address = %v, %v, or it sent an email", sent, err)
	}
}

func TestResendVerification_TooMany(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	in := d.Register(t, signin.Browser)
	for i := range 5 {
		_, err := d.Accounts.ResendVerification(ctx, domaintest.Scope(in)) // each from another IP address
		if tooMany := fault.Is(err, fault.TooMany); tooMany != (i >= 3) {
			t.Errorf("email %d: %v, want three per hour", i+1, err)
		}
	}
	if got := len(d.Mailbox(t, in.User.Email)); got != 4 {
		t.Errorf("%d emails, want one of the registration and three", got)
	}
}
