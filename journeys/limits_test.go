package journeys

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// limited checks what every refused call says.
func limited(t *testing.T, a *Answer, name string, window int) {
	t.Helper()
	a.Refused(http.StatusTooManyRequests, "too_many_requests")
	after, err := strconv.Atoi(a.Header.Get("Retry-After"))
	if err != nil || after < 1 || after > window {
		t.Errorf("Retry-After = %q, want 1 to %d seconds", a.Header.Get("Retry-After"), window)
	}
	if got := a.Header.Get("RateLimit"); !strings.HasPrefix(got, fmt.Sprintf("%q;r=0;t=", name)) {
		t.Errorf("RateLimit = %q, want %q with r=0", got, name)
	}
	if got := a.Header.Get("RateLimit-Policy"); !strings.Contains(got, fmt.Sprintf("%q;q=", name)) || !strings.Contains(got, fmt.Sprintf(";w=%d", window)) {
		t.Errorf("RateLimit-Policy = %q, want %q with w=%d", got, name, window)
	}
}

func TestLimit_SignInsOfBrowserAndAPITogether(t *testing.T) {
	t.Parallel()
	app := Start(t)
	_, p, _ := app.Newcomer(t)
	c, b := app.API(t), app.Browser(t)
	b.Addr = c.Addr
	c.Login(p) // successes count too
	c.TryLogin(p.Email, nextPassword).Is(401)
	b.Open("/login")
	b.Send(loginForm, Values{"email": p.Email, "password": nextPassword}).Is(422)
	b.Open("/login")
	b.SignIn(p)
	c.TryLogin(p.Email, nextPassword).Is(401)

	limited(t, c.TryLogin(p.Email, p.Password), "login", 60)
	other := app.Browser(t)
	other.Addr = c.Addr
	other.Open("/login").Is(200)
	page := other.Send(loginForm, Values{"email": p.Email, "password": p.Password}).Is(429)
	if !strings.Contains(page.Text("main"), "Try again in") || page.Header.Get("Retry-After") == "" {
		t.Errorf("the page does not say how long to wait:\n%s", page.Text("main"))
	}
	if page.Cookie("stoa_session") != nil {
		t.Error("a refused sign-in sets a session cookie")
	}
	app.API(t).Login(p) // from elsewhere
}

func TestLimit_FiftySignInsAtOnce(t *testing.T) {
	t.Parallel()
	app := Start(t)
	c := app.API(t)
	got := atOnce(50, func(i int) int {
		return c.TryLogin(fmt.Sprintf("nobody-%d@example.com", i), "seven brass anchors").Status
	})
	if got[401] != 5 || got[429] != 45 {
		t.Errorf("statuses = %v, want 5 times 401 and 45 times 429", got)
	}
}

func TestLimit_FiftySignInsAtOnceOnTwoReplicas(t *testing.T) {
	t.Parallel()
	app := Start(t)
	replicas := []*App{app, app.Replica(t)}
	c := app.API(t)
	got := atOnce(50, func(i int) int {
		return c.On(replicas[i%2]).TryLogin(fmt.Sprintf("nobody-%d@example.com", i), "seven brass anchors").Status
	})
	if got[401] > 5 || got[401] == 0 || got[401]+got[429] != 50 {
		t.Errorf("statuses = %v, want 401 at most 5 times and 429 else", got)
	}
	limited(t, c.TryLogin("nobody@example.com", "seven brass anchors"), "login", 60)
	limited(t, c.On(replicas[1]).TryLogin("nobody@example.com", "seven brass anchors"), "login", 60)
}

func TestLimit_MalformedSignInsAreNotCounted(t *testing.T) {
	t.Parallel()
	app := Start(t)
	_, p, _ := app.Newcomer(t)
	c := app.API(t)
	for range 3 {
		c.Post("/api/auth/login", `[]`).Is(400)
		c.Post("/api/auth/login", `{"email":"ada@example.com"}`).Is(422)
		c.Post("/api/auth/login", `{}`, With("Content-Type", "text/plain")).Is(415)
	}
	for range 5 {
		c.Login(p)
	}
	limited(t, c.TryLogin(p.Email, p.Password), "login", 60)
}

// Only a trusted proxy's word counts, and of its list only the last address:
// the rest was written by whoever sent the request.
func TestLimit_ForgedHeadersChangeNothing(t *testing.T) {
	t.Parallel()
	for why, setting := range map[string]string{"behind a proxy": "127.0.0.1/32", "without one": ""} {
		t.Run(why, func(t *testing.T) {
			t.Parallel()
			app := Start(t, Env{"TRUSTED_PROXIES": setting})
			c := app.API(t)
			own := c.Addr
			try := func(i int) *Answer {
				forged := fmt.Sprintf("198.51.100.%d", i)
				return c.Post("/api/auth/login", `{"email":"nobody@example.com","password":"seven brass anchors"}`,
					With("X-Forwarded-For", forged+", "+own), With("X-Real-IP", forged), With("Forwarded", "for="+forged),
					With("X-Client-IP", forged), With("CF-Connecting-IP", forged), With("True-Client-IP", forged), With("X-Forwarded-Host", forged))
			}
			for i := range 5 {
				try(i).Is(401)
			}
			limited(t, try(6), "login", 60)
		})
	}
}

func TestLimit_IPv6CountsByNetwork(t *testing.T) {
	t.Parallel()
	app := Start(t)
	c := app.API(t)
	from := func(addr string) *Answer {
		return c.Post("/api/auth/login", `{"email":"nobody@example.com","password":"seven brass anchors"}`, With("X-Forwarded-For", addr))
	}
	for i := range 5 {
		from(fmt.Sprintf("2001:db8:1:2::%x", i+1)).Is(401)
	}
	limited(t, from("2001:db8:1:2:ffff::9"), "login", 60)
	from("2001:db8:1:3::1").Is(401)
	from("::ffff:192.0.2.77").Is(401)
}

func TestLimit_IPv4InIPv6IsOneAddress(t *testing.T) {
	t.Parallel()
	app := Start(t, Env{"LIMIT_LOGIN": "2/1m"})
	c := app.API(t)
	from := func(addr string) *Answer {
		return c.Post("/api/auth/login", `{"email":"nobody@example.com","password":"seven brass anchors"}`, With("X-Forwarded-For", addr))
	}
	from("::ffff:192.0.2.77").Is(401)
	from("192.0.2.77").Is(401)
	limited(t, from("::ffff:192.0.2.77"), "login", 60)
	from("::ffff:192.0.2.78").Is(401)
}

// What a proxy cannot have meant is not taken for an address, and is no error.
func TestLimit_OddForwardedAddresses(t *testing.T) {
	t.Parallel()
	app := Start(t, Env{"LIMIT_LOGIN": "3/1m"})
	c := app.API(t)
	odd := []string{"", "garbage", "1.2.3", "999.1.1.1", "-", ",", ", ,", "[::1", "2001:db8::1%eth0", strings.Repeat("1,", 1000) + "x", "127.0.0.1", "::1", "0x7f.1"}
	refused := 0
	for _, value := range odd {
		switch got := c.Post("/api/auth/login", `{"email":"nobody@example.com","password":"seven brass anchors"}`, With("X-Forwarded-For", value)); got.Status {
		case 429:
			refused++
		case 401:
		default:
			t.Errorf("X-Forwarded-For %.20q: %d", value, got.Status)
		}
	}
	if refused < len(odd)-6 {
		t.Errorf("%d of %d refused: words that are no address make new ones", refused, len(odd))
	}
}

func TestLimit_WindowEnds(t *testing.T) {
	t.Parallel()
	app := Start(t, Env{"LIMIT_LOGIN": "2/1s", "LIMIT_ACCOUNT": "1000/1h"})
	c := app.API(t)
	try := func() int { return c.TryLogin("nobody@example.com", "seven brass anchors").Status }
	Await(t, "a refusal", func() bool { return try() == 429 })
	Await(t, "the next window", func() bool { return try() == 401 })
}

func TestLimit_Off(t *testing.T) {
	t.Parallel()
	app := Start(t, Env{"LIMIT_LOGIN": "off", "LIMIT_ACCOUNT": "off", "LIMIT_API": "off"})
	c := app.API(t)
	for range 12 {
		c.TryLogin("nobody@example.com", "seven brass anchors").Is(401)
	}
}

func TestLimit_ThreeRegistrationsAnHour(t *testing.T) {
	t.Parallel()
	app := Start(t)
	c, b := app.API(t), app.Browser(t)
	b.Addr = c.Addr
	for range 4 { // refused input is no registration
		register(c, Person{Name: "", Email: "x", Password: "y"}).Is(422)
	}
	c.Register(NewPerson())
	b.Register(NewPerson())
	c.Register(NewPerson())
	limited(t, register(c, NewPerson()), "register", 3600)
	other, p := app.Browser(t), NewPerson()
	other.Addr = c.Addr
	other.Open("/register")
	other.Send(registerForm, Values{"name": p.Name, "email": p.Email, "password": p.Password}).Is(429)
	app.API(t).Register(p)
}

func TestLimit_FiftyRegistrationsAtOnce(t *testing.T) {
	t.Parallel()
	app := Start(t)
	replicas := []*App{app, app.Replica(t)}
	one, two := app.API(t), app.API(t)
	if got := atOnce(50, func(int) int { return register(one, NewPerson()).Status }); got[201] != 3 || got[429] != 47 {
		t.Errorf("on one replica: %v, want 3 times 201 and 47 times 429", got)
	}
	if got := atOnce(50, func(i int) int { return register(two.On(replicas[i%2]), NewPerson()).Status }); got[201] > 3 || got[201] == 0 || got[201]+got[429] != 50 {
		t.Errorf("on two replicas: %v, want 201 at most 3 times", got)
	}
}

func TestLimit_APICallsPerPerson(t *testing.T) {
	t.Parallel()
	app := Start(t)
	c, _, _ := app.Newcomer(t)
	neighbour, _, _ := app.Newcomer(t)
	neighbour.Addr = c.Addr
	first := c.Get("/api/users/me").Is(200)
	if got, policy := first.Header.Get("RateLimit"), first.Header.Get("RateLimit-Policy"); !strings.HasPrefix(got, `"api";r=99;t=`) || policy != `"api";q=100;w=60` {
		t.Errorf("RateLimit, RateLimit-Policy = %q, %q", got, policy)
	}
	// Many addresses, one person.
	got := atOnce(149, func(int) int {
		call := *c
		call.Addr = Address()
		return call.Get("/api/users/me").Status
	})
	if got[200] != 99 || got[429] != 50 {
		t.Errorf("statuses = %v, want 99 times 200 and 50 times 429", got)
	}
	limited(t, c.Get("/api/users/me"), "api", 60)
	neighbour.Get("/api/users/me").Is(200)
}

func TestLimit_APICallsOnTwoReplicas(t *testing.T) {
	t.Parallel()
	app := Start(t)
	replicas := []*App{app, app.Replica(t)}
	c, _, _ := app.Newcomer(t)
	got := atOnce(150, func(i int) int { return c.On(replicas[i%2]).Get("/api/users/me").Status })
	if got[200] > 100 || got[200] < 50 || got[200]+got[429] != 150 {
		t.Errorf("statuses = %v, want 200 at most 100 times", got)
	}
}

func TestLimit_AnonymousAPICallsPerAddress(t *testing.T) {
	t.Parallel()
	app := Start(t)
	c := app.API(t)
	got := atOnce(150, func(i int) int {
		if i%2 == 0 {
			return c.Bearer("dead.access.token").Get("/api/users/me").Status
		}
		return c.Get("/api/users/me").Status
	})
	if got[401] != 100 || got[429] != 50 {
		t.Errorf("statuses = %v, want 100 times 401 and 50 times 429", got)
	}
	app.API(t).Get("/api/users/me").Is(401)
}

func TestLimit_ThirtyRefreshesAMinute(t *testing.T) {
	t.Parallel()
	app := Start(t)
	c, _, tokens := app.Newcomer(t)
	got := atOnce(50, func(int) int { return c.TryRefresh(tokens.Refresh).Status })
	if got[200] != 30 || got[429] != 20 {
		t.Errorf("statuses = %v, want 30 times 200 and 20 times 429", got)
	}
	limited(t, c.TryRefresh(tokens.Refresh), "refresh", 60)
	elsewhere := app.API(t)
	elsewhere.TryRefresh(tokens.Refresh).Is(200)
}

// Ten wrong passwords in an hour, from wherever they come and however the
// address is spelled; an account that does not exist is no different.
func TestLimit_FailuresPerAccount(t *testing.T) {
	t.Parallel()
	app := Start(t)
	_, p, _ := app.Newcomer(t)
	for why, email := range map[string]string{"an account": p.Email, "nobody": "nobody-" + p.Email} {
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
		limited(t, app.API(t).TryLogin(email, p.Password), "account", 3600)
	}
}

func TestLimit_SuccessesAreNoFailures(t *testing.T) {
	t.Parallel()
	app := Start(t)
	_, p, _ := app.Newcomer(t)
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
	app := Start(t)
	replicas := []*App{app, app.Replica(t)}
	_, one, _ := app.Newcomer(t)
	_, two, _ := app.Newcomer(t)
	if got := atOnce(50, func(int) int { return app.API(t).TryLogin(one.Email, nextPassword).Status }); got[401] != 10 || got[429] != 40 {
		t.Errorf("on one replica: %v, want 10 times 401 and 40 times 429", got)
	}
	if got := atOnce(50, func(i int) int { return replicas[i%2].API(t).TryLogin(two.Email, nextPassword).Status }); got[401] > 10 || got[401] == 0 || got[401]+got[429] != 50 {
		t.Errorf("on two replicas: %v, want 401 at most 10 times", got)
	}
}

// Guessing must not lock the owner out: a browser that has signed in before
// has a count of its own.
func TestLimit_KnownBrowserStillGetsIn(t *testing.T) {
	t.Parallel()
	app := Start(t)
	owner, p := app.NewcomerInBrowser(t)
	owner.Submit(logoutForm)
	for range 10 {
		app.API(t).TryLogin(p.Email, nextPassword).Is(401)
	}
	stranger := app.Browser(t)
	stranger.Open("/login")
	stranger.Send(loginForm, Values{"email": p.Email, "password": p.Password}).Is(429)
	owner.SignIn(p)

	// Its own count ends too.
	owner.Submit(logoutForm)
	for range 10 {
		owner.Addr = Address()
		owner.Open("/login")
		owner.Send(loginForm, Values{"email": p.Email, "password": nextPassword}).Is(422)
	}
	owner.Addr = Address()
	owner.Open("/login")
	owner.Send(loginForm, Values{"email": p.Email, "password": p.Password}).Is(429)
}

func TestLimit_DeviceCookieOfAnotherAccountHelpsNobody(t *testing.T) {
	t.Parallel()
	app := Start(t)
	_, victim, _ := app.Newcomer(t)
	eve, _ := app.NewcomerInBrowser(t)
	eve.Submit(logoutForm)
	for range 10 {
		app.API(t).TryLogin(victim.Email, nextPassword).Is(401)
	}
	eve.Open("/login")
	eve.Send(loginForm, Values{"email": victim.Email, "password": nextPassword}).Is(429)
}

func TestLimit_WrongCurrentPasswordIsAFailureOfTheAccount(t *testing.T) {
	t.Parallel()
	app := Start(t)
	c, p, _ := app.Newcomer(t)
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
			b.Send(passwordForm, Values{"current_password": nextPassword, "password": "twelve copper kettles"}).Refused("current_password")
		}
	}
	limited(t, app.API(t).TryLogin(p.Email, p.Password), "account", 3600)
}

func TestLimit_CurrentPasswordCannotBeGuessedFromWithin(t *testing.T) {
	t.Parallel()
	app := Start(t)
	c, p, _ := app.Newcomer(t)
	got := atOnce(30, func(int) int { return changePassword(c, nextPassword, "twelve copper kettles").Status })
	if got[422] != 10 || got[429] != 20 {
		t.Errorf("statuses = %v, want 10 times 422 and 20 times 429", got)
	}
	limited(t, c.Call("DELETE", "/api/users/me", map[string]string{"password": p.Password}), "account", 3600)
}
