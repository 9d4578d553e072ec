package signin_test

import (
	"context"
	"testing"

	"stoa/domain/domaintest"
	"stoa/domain/mailer"
	"stoa/domain/scope"
	"stoa/domain/signin"
)

// notices counts the emails to the user about sign-ins from new devices.
func notices(t *testing.T, d *domaintest.Domain, user scope.User) int {
	t.Helper()
	n := 0
	for _, email := range d.Mailbox(t, user.Email) {
		if email.Kind == signin.KindNewDevice {
			n++
		}
	}
	return n
}

func TestSignIn_NotifiesOfANewBrowser(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	user := d.Register(t, signin.Browser).User
	cookie := d.Signin.Remember("", user.Email) // the cookie of the browser of the registration
	for what, c := range map[string]struct {
		cookie string
		want   int
	}{"the same": {cookie, 0}, "none": {"", 1}, "another user's": {d.Signin.Remember("", domaintest.Address()), 1}} {
		before := notices(t, d, user)
		_, err := d.Signin.SignIn(ctx, domaintest.Visitor(), signin.Credentials{Email: user.Email, Password: domaintest.Password, Device: c.cookie}, signin.Browser)
		if err != nil {
			t.Fatal(err)
		}
		if got := notices(t, d, user) - before; got != c.want {
			t.Errorf("device cookie %s: %d emails, want %d", what, got, c.want)
		}
	}
	if params := d.Newest(t, user.Email, signin.KindNewDevice).Params; params[mailer.Device] != "Test on Linux" || params[mailer.IP] == "" || params[mailer.At] == "" {
		t.Errorf("the email has the parameters %v", params)
	}
	_, err := d.Signin.SignIn(ctx, domaintest.Visitor(), signin.Credentials{Email: user.Email, Password: "not this one at all"}, signin.Browser)
	if got := notices(t, d, user); err == nil || got != 2 {
		t.Errorf("a refused sign-in: %v, and %d emails, want still 2", err, got)
	}
}

func TestSignIn_NotifiesOfANewClient(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	user := d.Register(t, signin.API).User
	if got := notices(t, d, user); got != 0 {
		t.Errorf("%d emails about the registration, want none", got)
	}
	client := domaintest.Visitor()
	for i, want := range []int{1, 1, 1} {
		if _, err := d.Signin.SignIn(ctx, client, signin.Credentials{Email: user.Email, Password: domaintest.Password}, signin.API); err != nil {
			t.Fatal(err)
		}
		if got := notices(t, d, user); got != want {
			t.Errorf("after sign-in %d of one client: %d emails, want %d", i+1, got, want)
		}
	}
	d.SignIn(t, user, signin.API) // from another IP address
	if got := notices(t, d, user); got != 2 {
		t.Errorf("after a sign-in from another IP address: %d emails, want 2", got)
	}
}
