package journeys

import (
	"stoa/test/rig"
	"strings"
	"testing"
)

func TestLimit_ThreeRegistrationsAnHour(t *testing.T) {
	t.Parallel()
	app := rig.SharedWith(t, limited)
	c, b := app.API(t), app.Browser(t)
	b.Addr = c.Addr
	for range 4 { // refused input does not count
		register(c, rig.User{Name: "", Email: "x", Password: "y"}).Is(422)
	}
	c.Register(rig.NewUser())
	b.Register(rig.NewUser())
	c.Register(rig.NewUser())
	checkLimited(t, register(c, rig.NewUser()), "register", 3600)
	other, p := app.Browser(t), rig.NewUser()
	other.Addr = c.Addr
	other.Open("/register")
	other.Send(rig.RegisterForm, rig.Values{"name": p.Name, "email": p.Email, "password": p.Password}).Is(429)
	app.API(t).Register(p)
}

func TestLimit_FiftyRegistrationsAtOnce(t *testing.T) {
	t.Parallel()
	app := rig.SharedWith(t, limited)
	both := []*rig.App{app, app.SharedReplica(t)}
	one, two := app.API(t), app.API(t)
	if got := inTurns(50, func(int) int { return register(one, rig.NewUser()).Status }); got[201] != 3 || got[429] != 47 {
		t.Errorf("on one replica: %v, want 3 times 201 and 47 times 429", got)
	}
	if got := inTurns(50, func(i int) int { return register(two.On(both[i%2]), rig.NewUser()).Status }); got[201] > 3 || got[201] == 0 || got[201]+got[429] != 50 {
		t.Errorf("on two replicas: %v, want 201 at most 3 times", got)
	}
}

func TestLimit_APICallsPerPerson(t *testing.T) {
	t.Parallel()
	app := rig.SharedWith(t, limited)
	c, _, _ := app.RegisterAPI(t)
	neighbour, _, _ := app.RegisterAPI(t)
	neighbour.Addr = c.Addr
	first := c.Get("/api/users/me").Is(200)
	if got, policy := first.Header.Get("RateLimit"), first.Header.Get("RateLimit-Policy"); !strings.HasPrefix(got, `"api";r=99;t=`) || policy != `"api";q=100;w=3600` {
		t.Errorf("RateLimit, RateLimit-Policy = %q, %q", got, policy)
	}
	// Many IP addresses, one user.
	got := inTurns(149, func(int) int {
		call := *c
		call.Addr = rig.Address()
		return call.Get("/api/users/me").Status
	})
	if got[200] != 99 || got[429] != 50 {
		t.Errorf("statuses = %v, want 99 times 200 and 50 times 429", got)
	}
	checkLimited(t, c.Get("/api/users/me"), "api", 3600)
	neighbour.Get("/api/users/me").Is(200)
}

func TestLimit_APICallsOnTwoReplicas(t *testing.T) {
	t.Parallel()
	app := rig.SharedWith(t, limited)
	both := []*rig.App{app, app.SharedReplica(t)}
	c, _, _ := app.RegisterAPI(t)
	got := inTurns(150, func(i int) int { return c.On(both[i%2]).Get("/api/users/me").Status })
	if got[200] > 100 || got[200] < 50 || got[200]+got[429] != 150 {
		t.Errorf("statuses = %v, want 200 at most 100 times", got)
	}
}

func TestLimit_AnonymousAPICallsPerAddress(t *testing.T) {
	t.Parallel()
	app := rig.SharedWith(t, limited)
	c := app.API(t)
	got := inTurns(150, func(i int) int {
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

func TestLimit_ThirtyRefreshes(t *testing.T) {
	t.Parallel()
	app := rig.SharedWith(t, limited)
	c, _, tokens := app.RegisterAPI(t)
	got := inTurns(50, func(int) int { return c.TryRefresh(tokens.Refresh).Status })
	if got[200] != 30 || got[429] != 20 {
		t.Errorf("statuses = %v, want 30 times 200 and 20 times 429", got)
	}
	checkLimited(t, c.TryRefresh(tokens.Refresh), "refresh", 3600)
	elsewhere := app.API(t)
	elsewhere.TryRefresh(tokens.Refresh).Is(200)
}
