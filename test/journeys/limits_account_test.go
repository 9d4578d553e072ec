package journeys

import (
	"stoa/test/rig"
	"strings"
	"testing"
)

// Ten wrong passwords an hour, from any IP address and for any spelling of the
// email address, whether or not the account exists.
func TestLimit_FailuresPerAccount(t *testing.T) {
	t.Parallel()
	app := rig.SharedWith(t, limited)
	_, p, _ := app.RegisterAPI(t)
	for why, email := range map[string]string{"an account": p.Email, "unknown": "unknown-" + p.Email} {
		for i := range 10 {
			spelled := email
			if i%2 == 0 {
				spelled = strings.ToUpper(email)
			}
			app.API(t).TryLogin(spelled, nextPassword).Is(401)
		}
		got := app.API(t).TryLogin(email, nextPassword)
		if got.Status != 429 {
			t.Errorf("%s: the eleventh is %d, want 429", why, got.Status)
		}
		checkLimited(t, app.API(t).TryLogin(email, p.Password), "account", 3600)
	}
}

func TestLimit_SuccessesAreNoFailures(t *testing.T) {
	t.Parallel()
	app := rig.SharedWith(t, limited)
	_, p, _ := app.RegisterAPI(t)
	for range 15 {
		app.API(t).Login(p)
	}
	for range 10 {
		app.API(t).TryLogin(p.Email, nextPassword).Is(401)
	}
	app.API(t).TryLogin(p.Email, p.Password).Is(429)
}

func TestLimit_FiftyFailuresAtOnce(t *testing.T) {
	t.Parallel()
	app := rig.SharedWith(t, limited)
	both := []*rig.App{app, app.SharedReplica(t)}
	_, one, _ := app.RegisterAPI(t)
	_, two, _ := app.RegisterAPI(t)
	login := func(on *rig.App, email, password string) int {
		return served(t, func() *rig.Response { return on.API(t).TryLogin(email, password) })
	}
	if got := inTurns(50, func(int) int { return login(app, one.Email, nextPassword) }); got[401] != 10 || got[429] != 40 {
		t.Errorf("on one replica: %v, want 10 times 401 and 40 times 429", got)
	}
	if got := inTurns(50, func(i int) int { return login(both[i%2], two.Email, nextPassword) }); got[401] != 10 || got[429] != 40 {
		t.Errorf("on two replicas: %v, want 10 times 401 and 40 times 429", got)
	}
}

// Only wrong passwords count, however many clients sign in at once: all that know
// the password get in, and ten wrong ones in all are answered.
func TestLimit_RightPasswordsAtOnce(t *testing.T) {
	t.Parallel()
	app := rig.SharedWith(t, limited)
	_, p, _ := app.RegisterAPI(t)
	login := func(password string) int {
		return served(t, func() *rig.Response { return app.API(t).TryLogin(p.Email, password) })
	}
	if got := atOnce(10, func(int) int { return login(p.Password) }); got[200] != 10 {
		t.Errorf("ten right ones: %v, want 10 times 200", got)
	}
	for range 5 {
		app.API(t).TryLogin(p.Email, nextPassword).Is(401)
	}
	if got := atOnce(14, func(i int) int { return login([2]string{p.Password, nextPassword}[i/10]) }); got[200] != 10 || got[401] != 4 {
		t.Errorf("ten right ones beside the next four wrong ones: %v, want 10 times 200 and 4 times 401", got)
	}
	if got := atOnce(20, func(int) int { return login(nextPassword) }); got[401] != 1 || got[429] != 19 {
		t.Errorf("twenty wrong ones: %v, want 401 once and 19 times 429", got)
	}
}

// Wrong passwords of others do not lock the owner out: a browser that has signed
// in before has a count of its own.
func TestLimit_KnownBrowserStillGetsIn(t *testing.T) {
	t.Parallel()
	app := rig.SharedWith(t, limited)
	owner, p := app.RegisterBrowser(t)
	owner.Submit(rig.LogoutForm)
	for range 10 {
		app.API(t).TryLogin(p.Email, nextPassword).Is(401)
	}
	other := app.Browser(t)
	other.Open("/login")
	other.Send(rig.LoginForm, rig.Values{"email": p.Email, "password": p.Password}).Is(429)
	owner.SignIn(p)

	// Its own count is limited too.
	owner.Submit(rig.LogoutForm)
	for range 10 {
		owner.Addr = rig.Address()
		owner.Open("/login")
		owner.Send(rig.LoginForm, rig.Values{"email": p.Email, "password": nextPassword}).Is(422)
	}
	owner.Addr = rig.Address()
	owner.Open("/login")
	owner.Send(rig.LoginForm, rig.Values{"email": p.Email, "password": p.Password}).Is(429)
}

func TestLimit_DeviceCookieOfAnotherAccountIsIgnored(t *testing.T) {
	t.Parallel()
	app := rig.SharedWith(t, limited)
	_, victim, _ := app.RegisterAPI(t)
	eve, _ := app.RegisterBrowser(t)
	eve.Submit(rig.LogoutForm)
	for range 10 {
		app.API(t).TryLogin(victim.Email, nextPassword).Is(401)
	}
	eve.Open("/login")
	eve.Send(rig.LoginForm, rig.Values{"email": victim.Email, "password": nextPassword}).Is(429)
}

func TestLimit_WrongCurrentPasswordIsAFailureOfTheAccount(t *testing.T) {
	t.Parallel()
	app := rig.SharedWith(t, limited)
	c, p, _ := app.RegisterAPI(t)
	b := app.Browser(t)
	b.SignIn(p)
	for i := range 10 {
		switch i % 3 {
		case 0:
			changePassword(c, nextPassword, "twelve copper kettles").RefusedField("current_password")
		case 1:
			c.Call("DELETE", "/api/users/me", map[string]string{"password": nextPassword}).RefusedField("password")
		case 2:
			b.Open("/settings/password")
			b.Send(rig.PasswordForm, rig.Values{"current_password": nextPassword, "password": "twelve copper kettles"}).Refused("current_password")
		}
	}
	checkLimited(t, app.API(t).TryLogin(p.Email, p.Password), "account", 3600)
}

func TestLimit_CurrentPasswordCannotBeGuessedFromWithin(t *testing.T) {
	t.Parallel()
	app := rig.SharedWith(t, limited)
	c, p, _ := app.RegisterAPI(t)
	got := inTurns(30, func(int) int {
		return served(t, func() *rig.Response { return changePassword(c, nextPassword, "twelve copper kettles") })
	})
	if got[422] != 10 || got[429] != 20 {
		t.Errorf("statuses = %v, want 10 times 422 and 20 times 429", got)
	}
	checkLimited(t, c.Call("DELETE", "/api/users/me", map[string]string{"password": p.Password}), "account", 3600)
}
