package journeys

import (
	"fmt"
	"net/http"
	"stoa/test/rig"
	"strconv"
	"strings"
	"testing"
)

// checkLimited checks the status and the headers of a refused call.
func checkLimited(t *testing.T, a *rig.Response, name string, window int) {
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
	app := rig.Start(t)
	_, p, _ := app.RegisterAPI(t)
	c, b := app.API(t), app.Browser(t)
	b.Addr = c.Addr
	c.Login(p) // successes count too
	c.TryLogin(p.Email, nextPassword).Is(401)
	b.Open("/login")
	b.Send(rig.LoginForm, rig.Values{"email": p.Email, "password": nextPassword}).Is(422)
	b.Open("/login")
	b.SignIn(p)
	c.TryLogin(p.Email, nextPassword).Is(401)

	checkLimited(t, c.TryLogin(p.Email, p.Password), "login", 60)
	other := app.Browser(t)
	other.Addr = c.Addr
	other.Open("/login").Is(200)
	page := other.Send(rig.LoginForm, rig.Values{"email": p.Email, "password": p.Password}).Is(429)
	if !strings.Contains(page.Text("main"), "Try again in") || page.Header.Get("Retry-After") == "" {
		t.Errorf("the page does not show how long to wait:\n%s", page.Text("main"))
	}
	if page.Cookie("stoa_session") != nil {
		t.Error("a refused sign-in sets a session cookie")
	}
	app.API(t).Login(p) // from another IP address
}

func TestLimit_FiftySignInsAtOnce(t *testing.T) {
	t.Parallel()
	app := rig.Start(t)
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
	app := rig.Start(t)
	replicas := []*rig.App{app, app.Replica(t)}
	c := app.API(t)
	got := atOnce(50, func(i int) int {
		return c.On(replicas[i%2]).TryLogin(fmt.Sprintf("nobody-%d@example.com", i), "seven brass anchors").Status
	})
	if got[401] > 5 || got[401] == 0 || got[401]+got[429] != 50 {
		t.Errorf("statuses = %v, want 401 at most 5 times and 429 else", got)
	}
	checkLimited(t, c.TryLogin("nobody@example.com", "seven brass anchors"), "login", 60)
	checkLimited(t, c.On(replicas[1]).TryLogin("nobody@example.com", "seven brass anchors"), "login", 60)
}

func TestLimit_MalformedSignInsAreNotCounted(t *testing.T) {
	t.Parallel()
	app := rig.Start(t)
	_, p, _ := app.RegisterAPI(t)
	c := app.API(t)
	for range 3 {
		c.Post("/api/auth/login", `[]`).Is(400)
		c.Post("/api/auth/login", `{"email":"ada@example.com"}`).Is(422)
		c.Post("/api/auth/login", `{}`, rig.With("Content-Type", "text/plain")).Is(415)
	}
	for range 5 {
		c.Login(p)
	}
	checkLimited(t, c.TryLogin(p.Email, p.Password), "login", 60)
}

// X-Forwarded-For is read only from a trusted proxy, and only its last IP address:
// the client may have written the others.
func TestLimit_ForgedHeadersChangeNothing(t *testing.T) {
	t.Parallel()
	for why, setting := range map[string]string{"behind a proxy": "127.0.0.1/32", "without one": ""} {
		t.Run(why, func(t *testing.T) {
			t.Parallel()
			app := rig.Start(t, rig.Env{"TRUSTED_PROXIES": setting})
			c := app.API(t)
			own := c.Addr
			try := func(i int) *rig.Response {
				forged := fmt.Sprintf("198.51.100.%d", i)
				return c.Post("/api/auth/login", `{"email":"nobody@example.com","password":"seven brass anchors"}`,
					rig.With("X-Forwarded-For", forged+", "+own), rig.With("X-Real-IP", forged), rig.With("Forwarded", "for="+forged),
					rig.With("X-Client-IP", forged), rig.With("CF-Connecting-IP", forged), rig.With("True-Client-IP", forged), rig.With("X-Forwarded-Host", forged))
			}
			for i := range 5 {
				try(i).Is(401)
			}
			checkLimited(t, try(6), "login", 60)
		})
	}
}

func TestLimit_IPv6CountsByNetwork(t *testing.T) {
	t.Parallel()
	app := rig.Start(t)
	c := app.API(t)
	from := func(addr string) *rig.Response {
		return c.Post("/api/auth/login", `{"email":"nobody@example.com","password":"seven brass anchors"}`, rig.With("X-Forwarded-For", addr))
	}
	for i := range 5 {
		from(fmt.Sprintf("2001:db8:1:2::%x", i+1)).Is(401)
	}
	checkLimited(t, from("2001:db8:1:2:ffff::9"), "login", 60)
	from("2001:db8:1:3::1").Is(401)
	from("::ffff:192.0.2.77").Is(401)
}

func TestLimit_IPv4InIPv6IsOneAddress(t *testing.T) {
	t.Parallel()
	app := rig.Start(t, rig.Env{"LIMIT_LOGIN": "2/1m"})
	c := app.API(t)
	from := func(addr string) *rig.Response {
		return c.Post("/api/auth/login", `{"email":"nobody@example.com","password":"seven brass anchors"}`, rig.With("X-Forwarded-For", addr))
	}
	from("::ffff:192.0.2.77").Is(401)
	from("192.0.2.77").Is(401)
	checkLimited(t, from("::ffff:192.0.2.77"), "login", 60)
	from("::ffff:192.0.2.78").Is(401)
}

// A malformed element is not used as an IP address and causes no error.
func TestLimit_OddForwardedAddresses(t *testing.T) {
	t.Parallel()
	app := rig.Start(t, rig.Env{"LIMIT_LOGIN": "3/1m"})
	c := app.API(t)
	odd := []string{"", "garbage", "1.2.3", "999.1.1.1", "-", ",", ", ,", "[::1", "2001:db8::1%eth0", strings.Repeat("1,", 1000) + "x", "127.0.0.1", "::1", "0x7f.1"}
	refused := 0
	for _, value := range odd {
		switch got := c.Post("/api/auth/login", `{"email":"nobody@example.com","password":"seven brass anchors"}`, rig.With("X-Forwarded-For", value)); got.Status {
		case 429:
			refused++
		case 401:
		default:
			t.Errorf("X-Forwarded-For %.20q: %d", value, got.Status)
		}
	}
	if refused < len(odd)-6 {
		t.Errorf("%d of %d refused: malformed addresses must count as one client", refused, len(odd))
	}
}

func TestLimit_WindowEnds(t *testing.T) {
	t.Parallel()
	app := rig.Start(t, rig.Env{"LIMIT_LOGIN": "2/1s", "LIMIT_ACCOUNT": "1000/1h"})
	c := app.API(t)
	try := func() int { return c.TryLogin("nobody@example.com", "seven brass anchors").Status }
	rig.Await(t, "a refusal", func() bool { return try() == 429 })
	rig.Await(t, "the next window", func() bool { return try() == 401 })
}

func TestLimit_Off(t *testing.T) {
	t.Parallel()
	app := rig.Start(t, rig.Env{"LIMIT_LOGIN": "off", "LIMIT_ACCOUNT": "off", "LIMIT_API": "off"})
	c := app.API(t)
	for range 12 {
		c.TryLogin("nobody@example.com", "seven brass anchors").Is(401)
	}
}
