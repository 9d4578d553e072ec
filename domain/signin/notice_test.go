package signin_test

import (
	"context"
	"encoding/base64"
	"strings"
	"testing"

	"stoa/domain/accounts"
	"stoa/domain/domaintest"
	"stoa/domain/mailer"
	"stoa/domain/scope"
	"stoa/domain/signin"
	"stoa/platform/fault"
	"stoa/platform/secret"
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

// A browser in which an attacker signed in before a new password is no longer known. The
// browser in which the password is set is.
func TestSignIn_NewPasswordEndsKnownBrowsers(t *testing.T) {
	t.Parallel()
	const next = "eleven paper lanterns"
	for what, set := range map[string]func(*domaintest.Domain, signin.Result) error{
		"change": func(d *domaintest.Domain, in signin.Result) error {
			_, err := d.Accounts.ChangePassword(t.Context(), domaintest.Scope(in), accounts.PasswordChange{Current: domaintest.Password, Password: next})
			return err
		},
		"reset": func(d *domaintest.Domain, in signin.Result) error {
			d.RequestReset(t, in.User.Email)
			_, err := d.Accounts.ResetPassword(t.Context(), domaintest.Visitor(), d.Newest(t, in.User.Email, accounts.KindResetPassword).Token, next)
			return err
		},
	} {
		d := domaintest.New(t)
		in := d.Register(t, signin.Browser)
		name, key := secret.Token(), []byte(strings.ToLower(in.User.Email))
		mac := d.Keys.Sign("device", []byte(name), key)[:16]
		client := domaintest.Visitor()
		signIn := func(sc scope.Scope, password, device string, mode signin.Mode) int {
			before := notices(t, d, in.User)
			_, err := d.Signin.SignIn(t.Context(), sc, signin.Credentials{Email: in.User.Email, Password: password, Device: device}, mode)
			if err != nil {
				t.Fatalf("%s: SignIn: %v", what, err)
			}
			return notices(t, d, in.User) - before
		}
		thief, old := d.Signin.Remember("", in.User.Email), name+"."+base64.RawURLEncoding.EncodeToString(mac)
		signIn(client, domaintest.Password, "", signin.API)
		for mark, cookie := range map[string]string{"thief's": thief, "version 0.1": old} {
			if got := signIn(domaintest.Visitor(), domaintest.Password, cookie, signin.Browser); got != 0 {
				t.Errorf("%s: %s mark: %d emails before the new password, want none", what, mark, got)
			}
		}
		if err := set(d, in); err != nil {
			t.Fatal(err)
		}
		owner := d.Signin.Remember("", in.User.Email)
		d.Exec(t, "UPDATE users SET email_verified_at = now() WHERE id = $1", in.User.ID.UUID) // every notice is sent
		for mark, cookie := range map[string]string{"thief's": thief, "version 0.1": old} {
			if got := signIn(domaintest.Visitor(), next, cookie, signin.Browser); got != 1 {
				t.Errorf("%s: %s mark: %d emails after the new password, want one", what, mark, got)
			}
		}
		if got := signIn(client, next, "", signin.API); got != 1 {
			t.Errorf("%s: the API client from before: %d emails, want one", what, got)
		}
		if got := signIn(domaintest.Visitor(), next, owner, signin.Browser) + signIn(client, next, "", signin.API); got != 0 {
			t.Errorf("%s: clients from after the new password: %d emails, want none", what, got)
		}
	}
}

// A user can cause few emails to a mailbox that is not verified as theirs.
func TestSignIn_FewNoticesToAnUnverifiedMailbox(t *testing.T) {
	t.Parallel()
	d := domaintest.New(t)
	in := d.Register(t, signin.Browser)
	for range 5 {
		d.SignIn(t, in.User, signin.Browser)
		d.SignIn(t, in.User, signin.API)
	}
	sc, current := domaintest.Scope(in), domaintest.Password
	for _, next := range []string{"eleven paper lanterns", "nine copper kettles"} {
		if _, err := d.Accounts.ChangePassword(t.Context(), sc, accounts.PasswordChange{Current: current, Password: next}); err != nil {
			t.Fatal(err)
		}
		current = next
	}
	if got := len(d.Mailbox(t, in.User.Email)); got != 4 {
		t.Errorf("%d emails, want that of the registration and three notices an hour", got)
	}
}

// An account that is deleted and made again sends no flood of emails. A refused
// registration is not counted.
func TestRegister_FewEmailsToAMailbox(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), t.Context()
	address := domaintest.Address()
	local, domain, _ := strings.Cut(address, "@")
	register := func(address string) (signin.Result, error) {
		r := accounts.Registration{Name: "Ada", Email: address, Password: domaintest.Password}
		return d.Signin.Register(ctx, domaintest.Visitor(), r, signin.Browser)
	}
	for i := range 3 {
		in, err := register(strings.Replace(address, local, local+strings.Repeat("+tag", i), 1))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := register(in.User.Email); i == 0 && !fault.Is(err, fault.Conflict) {
			t.Errorf("a taken address: %v, want Conflict", err)
		}
		if err := d.PersonalData.Delete(ctx, domaintest.Scope(in), "password", domaintest.Password); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := register(local + "+other@" + domain); !fault.Is(err, fault.TooMany) {
		t.Errorf("registration 4 with a mailbox: %v, want TooMany", err)
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
