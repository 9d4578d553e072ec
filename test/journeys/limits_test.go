package journeys

import (
	"fmt"
	"net/http"
	"stoa/test/rig"
	"strconv"
	"strings"
	"testing"
)

// limited has the limits of the contract, with windows that no test outlasts.
var limited = rig.Env{"LIMIT_LOGIN": "5/1h", "LIMIT_REFRESH": "30/1h", "LIMIT_API": "100/1h"}

// tight has limits that few calls reach.
var tight = rig.Wide.With(rig.Env{"LIMIT_LOGIN": "3/1h", "LIMIT_ACCOUNT": "3/1h", "LIMIT_API": "6/1h"})

// guess signs in to an account that does not exist and that no other test uses.
func guess(c *rig.API, edits ...rig.Edit) *rig.Response {
	c.T.Helper()
	return c.Post("/api/auth/login", map[string]string{"email": rig.NewUser().Email, "password": "seven brass anchors"}, edits...)
}

// from is guess with a value of X-Forwarded-For.
func from(c *rig.API, forwarded string) *rig.Response {
	c.T.Helper()
	return guess(c, rig.With("X-Forwarded-For", forwarded))
}

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
	app := rig.SharedWith(t, limited)
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

	checkLimited(t, c.TryLogin(p.Email, p.Password), "login", 3600)
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
	app := rig.SharedWith(t, limited)
	c := app.API(t)
	got := inTurns(50, func(int) int { return guess(c).Status })
	if got[401] != 5 || got[429] != 45 {
		t.Errorf("statuses = %v, want 5 times 401 and 45 times 429", got)
	}
}

func TestLimit_FiftySignInsAtOnceOnTwoReplicas(t *testing.T) {
	t.Parallel()
	app := rig.SharedWith(t, limited)
	both := []*rig.App{app, app.SharedReplica(t)}
	c := app.API(t)
	got := inTurns(50, func(i int) int { return guess(c.On(both[i%2])).Status })
	if got[401] > 5 || got[401] == 0 || got[401]+got[429] != 50 {
		t.Errorf("statuses = %v, want 401 at most 5 times and 429 else", got)
	}
	checkLimited(t, guess(c), "login", 3600)
	checkLimited(t, guess(c.On(both[1])), "login", 3600)
}

func TestLimit_MalformedSignInsAreNotCounted(t *testing.T) {
	t.Parallel()
	app := rig.SharedWith(t, limited)
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
	checkLimited(t, c.TryLogin(p.Email, p.Password), "login", 3600)
}

// X-Forwarded-For is read only from a trusted proxy, and only its last IP address:
// the client may have written the others.
func TestLimit_ForgedHeadersChangeNothing(t *testing.T) {
	t.Parallel()
	for why, env := range map[string]rig.Env{"behind a proxy": limited, "without one": limited.With(rig.Env{"TRUSTED_PROXIES": ""})} {
		t.Run(why, func(t *testing.T) {
			t.Parallel()
			c := rig.SharedWith(t, env).API(t)
			own := c.Addr
			try := func(i int) *rig.Response {
				forged := fmt.Sprintf("198.51.100.%d", i)
				return guess(c, rig.With("X-Forwarded-For", forged+", "+own), rig.With("X-Real-IP", forged), rig.With("Forwarded", "for="+forged),
					rig.With("X-Client-IP", forged), rig.With("CF-Connecting-IP", forged), rig.With("True-Client-IP", forged), rig.With("X-Forwarded-Host", forged))
			}
			for i := range 5 {
				try(i).Is(401)
			}
			checkLimited(t, try(6), "login", 3600)
		})
	}
}

func TestLimit_IPv6CountsByNetwork(t *testing.T) {
	t.Parallel()
	c := rig.SharedWith(t, limited).API(t)
	for i := range 5 {
		from(c, fmt.Sprintf("2001:db8:1:2::%x", i+1)).Is(401)
	}
	checkLimited(t, from(c, "2001:db8:1:2:ffff::9"), "login", 3600)
	from(c, "2001:db8:1:3::1").Is(401)
	from(c, "::ffff:192.0.2.77").Is(401)
}

func TestLimit_IPv4InIPv6IsOneAddress(t *testing.T) {
	t.Parallel()
	c := rig.SharedWith(t, tight).API(t)
	from(c, "::ffff:192.0.2.77").Is(401)
	from(c, "192.0.2.77").Is(401)
	from(c, "::ffff:192.0.2.77").Is(401)
	checkLimited(t, from(c, "192.0.2.77"), "login", 3600)
	from(c, "::ffff:192.0.2.78").Is(401)
}

// A malformed element is not used as an IP address and causes no error.
func TestLimit_OddForwardedAddresses(t *testing.T) {
	t.Parallel()
	c := rig.SharedWith(t, tight).API(t)
	odd := []string{"", "garbage", "1.2.3", "999.1.1.1", "-", ",", ", ,", "[::1", "2001:db8::1%eth0", strings.Repeat("1,", 1000) + "x", "127.0.0.1", "::1", "0x7f.1"}
	refused := 0
	for _, value := range odd {
		switch got := from(c, value); got.Status {
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
	try := func() int { return guess(c).Status }
	rig.Await(t, "a refusal", func() bool { return try() == 429 })
	rig.Await(t, "the next window", func() bool { return try() == 401 })
}

func TestLimit_Off(t *testing.T) {
	t.Parallel()
	app := rig.Start(t, rig.Env{"LIMIT_LOGIN": "off", "LIMIT_ACCOUNT": "off", "LIMIT_API": "off"})
	c := app.API(t)
	for range 12 {
		guess(c).Is(401)
	}
}
