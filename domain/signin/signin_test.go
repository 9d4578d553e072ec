package signin_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/bcrypt"

	"stoa/domain"
	"stoa/domain/accounts"
	"stoa/domain/domaintest"
	"stoa/domain/scope"
	"stoa/domain/signin"
	"stoa/platform/fault"
	"stoa/platform/secret"
)

func signIn(d *domaintest.Domain, sc scope.Scope, email, password, device string) error {
	_, err := d.Signin.SignIn(context.Background(), sc, signin.Credentials{Email: email, Password: password, Device: device}, signin.Browser)
	return err
}

func wantCode(t *testing.T, what string, err error, code string) {
	t.Helper()
	if f := fault.As(err); f == nil || f.Code != code {
		t.Errorf("%s = %v, want %s", what, err, code)
	}
}

func TestRegister_TakenInAnotherSpelling(t *testing.T) {
	t.Parallel()
	d := domaintest.New(t)
	in := d.Register(t, signin.Browser)
	again := accounts.Registration{Name: "Eve", Email: strings.ToUpper(in.User.Email), Password: domaintest.Password}
	_, err := d.Signin.Register(context.Background(), domaintest.Visitor(), again, signin.Browser)
	wantCode(t, "Register", err, "email_taken")
}

func TestRegister_TwiceAtOnceMakesOneAccount(t *testing.T) {
	t.Parallel()
	d := domaintest.New(t)
	r := accounts.Registration{Name: "Ada", Email: domaintest.Address(), Password: domaintest.Password}
	var made, taken atomic.Int32
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			_, err := d.Signin.Register(context.Background(), domaintest.Visitor(), r, signin.Browser)
			switch {
			case err == nil:
				made.Add(1)
			case fault.Is(err, fault.Conflict):
				taken.Add(1)
			default:
				t.Errorf("Register: %v", err)
			}
		})
	}
	wg.Wait()
	if made.Load() != 1 || taken.Load() != 5 {
		t.Errorf("%d accounts made, %d refused as taken, want 1 and 5", made.Load(), taken.Load())
	}
}

func TestRegister_RefusesEveryWrongFieldAtOnce(t *testing.T) {
	t.Parallel()
	d := domaintest.New(t)
	_, err := d.Signin.Register(context.Background(), domaintest.Visitor(), accounts.Registration{Email: "ada@", Password: "short"}, signin.Browser)
	f := fault.As(err)
	if f == nil {
		t.Fatalf("Register = %v, want a fault", err)
	}
	var fields []string
	for _, field := range f.Fields {
		fields = append(fields, field.Name)
	}
	if diff := cmp.Diff([]string{"name", "email", "password"}, fields); diff != "" {
		t.Errorf("refused fields (-want +got):\n%s", diff)
	}
}

func TestRegister_LimitCountsOnlyWellFormed(t *testing.T) {
	t.Parallel()
	d, sc := domaintest.New(t), domaintest.Visitor()
	register := func(email string) error {
		_, err := d.Signin.Register(context.Background(), sc, accounts.Registration{Name: "Ada", Email: email, Password: domaintest.Password}, signin.API)
		return err
	}
	for range 5 {
		if err := register("no address"); !fault.Is(err, fault.Invalid) {
			t.Fatalf("Register(no address) = %v, want Invalid", err)
		}
	}
	for range 3 {
		if err := register(domaintest.Address()); err != nil {
			t.Fatal(err)
		}
	}
	if err := register(domaintest.Address()); !fault.Is(err, fault.TooMany) {
		t.Errorf("registration 4 = %v, want TooMany", err)
	}
}

func TestSignIn_RefusalsAreAlike(t *testing.T) {
	t.Parallel()
	d := domaintest.New(t)
	wrong, disabled := d.Register(t, signin.Browser), d.Register(t, signin.Browser)
	if _, err := d.Operators.Disable(context.Background(), scope.Scope{}, disabled.User.Email); err != nil {
		t.Fatal(err)
	}
	var refusals []string
	for _, attempt := range [][2]string{
		{domaintest.Address(), domaintest.Password},
		{wrong.User.Email, "not the password"},
		{disabled.User.Email, domaintest.Password},
	} {
		f := fault.As(signIn(d, domaintest.Visitor(), attempt[0], attempt[1], ""))
		if f == nil {
			t.Fatalf("SignIn(%s) succeeded", attempt[0])
		}
		refusals = append(refusals, f.Code+" "+f.Message)
	}
	if refusals[0] != refusals[1] || refusals[1] != refusals[2] {
		t.Errorf("the refusals of unknown, wrong and disabled differ: %q", refusals)
	}
}

// The time of a refusal does not reveal whether the account exists: each refusal
// needs one comparison, so each is the fault busy with a hasher that makes none.
// TestHasher_OneBcryptEach shows that all comparisons take the same time.
func TestSignIn_EachRefusalCostsAHash(t *testing.T) {
	t.Parallel()
	closed := secret.NewHasher(secret.HasherConfig{Cost: bcrypt.MinCost})
	closed.Close()
	d, idle := domaintest.New(t), domaintest.New(t, func(c *domain.Config) { c.Hasher = closed })
	wrong, disabled := d.Register(t, signin.Browser), d.Register(t, signin.Browser)
	if _, err := d.Operators.Disable(context.Background(), scope.Scope{}, disabled.User.Email); err != nil {
		t.Fatal(err)
	}
	for why, attempt := range map[string][2]string{
		"unknown":  {domaintest.Address(), domaintest.Password},
		"wrong":    {wrong.User.Email, "not the password"},
		"disabled": {disabled.User.Email, domaintest.Password},
	} {
		wantCode(t, why, signIn(idle, domaintest.Visitor(), attempt[0], attempt[1], ""), "busy")
	}
}

func TestSignIn_FiveAMinutePerClient(t *testing.T) {
	t.Parallel()
	d, sc := domaintest.New(t), domaintest.Visitor()
	in := d.Register(t, signin.Browser)
	for range 5 {
		if err := signIn(d, sc, in.User.Email, domaintest.Password, ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := signIn(d, sc, in.User.Email, domaintest.Password, ""); !fault.Is(err, fault.TooMany) {
		t.Errorf("sign-in 6 = %v, want TooMany", err)
	}
}

func TestSignIn_StrangersCannotLockTheOwnerOut(t *testing.T) {
	t.Parallel()
	d := domaintest.New(t)
	in := d.Register(t, signin.Browser)
	device := d.Signin.Remember("", in.User.Email)
	for range 10 {
		wantCode(t, "a wrong password", signIn(d, domaintest.Visitor(), strings.ToUpper(in.User.Email), "not the password", ""), "invalid_credentials")
	}
	if err := signIn(d, domaintest.Visitor(), in.User.Email, domaintest.Password, ""); !fault.Is(err, fault.TooMany) {
		t.Errorf("attempt 11 of unknown clients = %v, want TooMany", err)
	}
	if err := signIn(d, domaintest.Visitor(), in.User.Email, domaintest.Password, device); err != nil {
		t.Errorf("the known browser = %v, want nil", err)
	}
	other := d.Signin.Remember("", domaintest.Address())
	if err := signIn(d, domaintest.Visitor(), in.User.Email, domaintest.Password, other); !fault.Is(err, fault.TooMany) {
		t.Errorf("a browser known to another account = %v, want TooMany", err)
	}
}

func TestSignIn_UnknownAddressIsLimitedLikeOthers(t *testing.T) {
	t.Parallel()
	d, unknown := domaintest.New(t), domaintest.Address()
	for range 10 {
		wantCode(t, "a wrong password", signIn(d, domaintest.Visitor(), unknown, "not the password", ""), "invalid_credentials")
	}
	if err := signIn(d, domaintest.Visitor(), unknown, "not the password", ""); !fault.Is(err, fault.TooMany) {
		t.Errorf("attempt 11 = %v, want TooMany", err)
	}
}

func TestSignIn_RightPasswordsDoNotCountAsGuesses(t *testing.T) {
	t.Parallel()
	d := domaintest.New(t)
	in := d.Register(t, signin.Browser)
	for range 12 {
		if err := signIn(d, domaintest.Visitor(), in.User.Email, domaintest.Password, ""); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRemember_KeepsFiveAccountsAndRefusesForeignCookies(t *testing.T) {
	t.Parallel()
	d := domaintest.New(t)
	cookie := ""
	for range 7 {
		cookie = d.Signin.Remember(cookie, domaintest.Address())
	}
	if parts := strings.Split(cookie, "."); len(parts) != 6 {
		t.Errorf("the cookie has %d parts, want a name and five accounts", len(parts))
	}
	for _, foreign := range []string{"x", "a; Path=/", strings.Repeat("A", 4000), cookie + ".short"} {
		if got := d.Signin.Remember(foreign, "ada@example.com"); strings.HasPrefix(got, foreign) {
			t.Errorf("Remember(%.20q) keeps it: %.40q", foreign, got)
		}
	}
}

func TestSignIn_RecordsWhatHappened(t *testing.T) {
	t.Parallel()
	d := domaintest.New(t)
	in := d.Register(t, signin.Browser)
	_ = signIn(d, domaintest.Visitor(), in.User.Email, "not the password", "")
	d.WantEvents(t, in.User, "user.registered", "session.opened", "signin.failed")
}
