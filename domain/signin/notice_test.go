package signin_test

import (
	"context"
	"testing"

	"stoa/domain/domaintest"
	"stoa/domain/mailer"
	"stoa/domain/scope"
	"stoa/domain/signin"
)

// notices counts the letters to somebody about sign-ins from something new.
func notices(t *testing.T, d *domaintest.Domain, p scope.User) int {
	t.Helper()
	n := 0
	for _, letter := range d.Mailbox(t, p.Email) {
		if letter.Kind == signin.KindNewDevice {
			n++
		}
	}
	return n
}

func TestSignIn_TellsOfANewBrowser(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	p := d.Register(t, signin.Browser).User
	cookie := d.Signin.Remember("", p.Email) // as the browser of the registration has it
	for what, c := range map[string]struct {
		cookie string
		told   int
	}{"the same": {cookie, 0}, "none": {"", 1}, "somebody else's": {d.Signin.Remember("", domaintest.Address()), 1}} {
		before := notices(t, d, p)
		_, err := d.Signin.SignIn(ctx, domaintest.Visitor(), signin.Credentials{Email: p.Email, Password: domaintest.Password, Device: c.cookie}, signin.Browser)
		if err != nil {
			t.Fatal(err)
		}
		if got := notices(t, d, p) - before; got != c.told {
			t.Errorf("device cookie %s: %d letters, want %d", what, got, c.told)
		}
	}
	if facts := d.Newest(t, p.Email, signin.KindNewDevice).Params; facts[mailer.Device] != "Test on Linux" || facts[mailer.IP] == "" || facts[mailer.At] == "" {
		t.Errorf("the letter says %v", facts)
	}
	_, err := d.Signin.SignIn(ctx, domaintest.Visitor(), signin.Credentials{Email: p.Email, Password: "not this one at all"}, signin.Browser)
	if got := notices(t, d, p); err == nil || got != 2 {
		t.Errorf("a refused sign-in: %v, and %d letters, want the 2 of before", err, got)
	}
}

func TestSignIn_TellsOfANewProgram(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	p := d.Register(t, signin.API).User
	if got := notices(t, d, p); got != 0 {
		t.Errorf("%d letters about the registration, want none", got)
	}
	server := domaintest.Visitor()
	for i, want := range []int{1, 1, 1} {
		if _, err := d.Signin.SignIn(ctx, server, signin.Credentials{Email: p.Email, Password: domaintest.Password}, signin.API); err != nil {
			t.Fatal(err)
		}
		if got := notices(t, d, p); got != want {
			t.Errorf("after sign-in %d of one program: %d letters, want %d", i+1, got, want)
		}
	}
	d.SignIn(t, p, signin.API) // from elsewhere
	if got := notices(t, d, p); got != 2 {
		t.Errorf("after a sign-in from elsewhere: %d letters, want 2", got)
	}
}
