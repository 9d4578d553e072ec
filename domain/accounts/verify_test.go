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

// withPassword returns the use of a link by a client that is not signed in and knows
// the password.
func withPassword(token string) accounts.LinkProof {
	return accounts.LinkProof{Token: token, Password: domaintest.Password}
}

// verify verifies the user's address with the newest link.
func verify(t *testing.T, d *domaintest.Domain, user scope.User) scope.User {
	t.Helper()
	token := d.Newest(t, user.Email, accounts.KindVerifyEmail).Token
	verified, err := d.Accounts.VerifyEmail(context.Background(), domaintest.Visitor(), withPassword(token))
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
	_, err := d.Accounts.VerifyEmail(ctx, domaintest.Visitor(), withPassword(token))
	domaintest.WantField(t, "the link again", err, "token", "already_verified")
}

// The owner of a mailbox who opens a link there does not verify the account that
// another user made with the address.
func TestVerifyEmail_LinkAlone(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	in, other := d.Register(t, signin.Browser), d.Register(t, signin.Browser)
	token := d.Newest(t, in.User.Email, accounts.KindVerifyEmail).Token
	for what, sc := range map[string]scope.Scope{"signed out": domaintest.Visitor(), "another user": domaintest.Scope(other)} {
		_, err := d.Accounts.VerifyEmail(ctx, sc, accounts.LinkProof{Token: token})
		domaintest.WantField(t, what, err, "password", "required")
		_, err = d.Accounts.VerifyEmail(ctx, sc, accounts.LinkProof{Token: token, Password: "not this one at all"})
		domaintest.WantField(t, what+" with a wrong password", err, "password", "wrong_password")
	}
	if found, _, _ := d.Sessions.Find(ctx, in.Session.Token); found.User.EmailVerified {
		t.Error("the address is verified")
	}
	if _, err := d.Accounts.VerifyEmail(ctx, domaintest.Scope(in), accounts.LinkProof{Token: token}); err != nil {
		t.Errorf("VerifyEmail of the link's user: %v", err)
	}
	d.WantEvents(t, in.User, "user.registered", "session.opened", "password.refused", "password.refused", "email.verified")
}

// Wrong passwords at a link count as those at a sign-in.
func TestVerifyEmail_TooManyPasswords(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	in := d.Register(t, signin.Browser)
	token := d.Newest(t, in.User.Email, accounts.KindVerifyEmail).Token
	for i := range 11 {
		_, err := d.Accounts.VerifyEmail(ctx, domaintest.Visitor(), accounts.LinkProof{Token: token, Password: "not this one at all"})
		if fault.Is(err, fault.TooMany) != (i >= 10) {
			t.Errorf("attempt %d: %v, want ten an hour", i+1, err)
		}
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
	if _, err := d.Accounts.VerifyEmail(ctx, domaintest.Visitor(), withPassword(older)); !onetime.IsDead(err) {
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
