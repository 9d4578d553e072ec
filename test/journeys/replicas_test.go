package journeys

import (
	"testing"

	"stoa/platform/pg/pgtest"
	"stoa/test/rig"
)

// replicas returns two replicas on one database, which tests share.
func replicas(t *testing.T) (*rig.App, *rig.App) {
	t.Helper()
	one := rig.Shared(t)
	return one, one.SharedReplica(t)
}

// Five replicas start at once on an empty database. Each migration runs once, and
// all replicas serve.
func TestReplicas_StartTogetherOnAnEmptyDatabase(t *testing.T) {
	t.Parallel()
	db := pgtest.Empty(t)
	env := rig.Defaults(db.App, db.Owner).With(rig.Wide, rig.Env{"BASE_URL": "http://localhost:1"})
	apps := make(chan *rig.App, 5)
	for err, n := range atOnce(cap(apps), func(int) string {
		app, err := rig.Serve(t.TempDir(), db.Owner, env)
		if err != nil {
			return err.Error()
		}
		rig.StopWith(t, app)
		apps <- app
		return ""
	}) {
		if err != "" {
			t.Errorf("%d × %s", n, err)
		}
	}
	c, _, _ := (<-apps).RegisterAPI(t)
	for len(apps) > 0 {
		app := <-apps
		c.On(app).Get("/api/users/me").Is(200)
		if twice := rig.Ask[int](t, app, "select count(*) - count(distinct version_id) from goose_db_version"); twice != 0 {
			t.Errorf("%d migrations ran twice", twice)
		}
	}
}

func TestReplicas_ShareBrowserSessions(t *testing.T) {
	t.Parallel()
	one, two := replicas(t)
	b, p := one.RegisterBrowser(t)
	b.Use(two)
	b.Open("/settings/profile").At("/settings/profile")
	// A form from one replica is sent to the other.
	b.Use(one)
	b.Submit(rig.ProfileForm, rig.Values{"name": "Ada King"}).At("/settings/profile")
	b.Use(two)
	if got := b.Open("/settings/profile").Value("name"); got != "Ada King" {
		t.Errorf("the other replica shows the name %q", got)
	}
	b.Submit(rig.LogoutForm)
	b.Use(one)
	if b.SignedIn() {
		t.Error("signed out on one replica, signed in on the other")
	}

	// The same with a form of an anonymous visitor.
	b.Open("/login")
	b.Use(two)
	b.Submit(rig.LoginForm, rig.Values{"email": p.Email, "password": p.Password}).At("/dashboard")
}

func TestReplicas_ShareTokens(t *testing.T) {
	t.Parallel()
	one, two := replicas(t)
	c, _, tokens := one.RegisterAPI(t)
	c.On(two).Get("/api/users/me").Is(200)
	next := c.On(two).Refresh(tokens.Refresh)
	if again := c.Refresh(tokens.Refresh); again.Refresh != next.Refresh {
		t.Error("the replicas return different successors")
	}
	c.Bearer(next.Access).Get("/api/users/me").Is(200)
	c.On(two).Post("/api/auth/logout", nil).Is(204)
	c.Get("/api/users/me").Refused(401, "invalid_token")
	c.Bearer(next.Access).Get("/api/users/me").Refused(401, "invalid_token")
	c.TryRefresh(next.Refresh).Refused(401, "refresh_token_invalid")
}

func TestReplicas_RevocationCountsAtTheNextRequest(t *testing.T) {
	t.Parallel()
	one, two := replicas(t)
	c, p, _ := one.RegisterAPI(t)
	b, program := two.Browser(t), two.API(t)
	b.SignIn(p)
	program.Login(p)
	for _, s := range c.Sessions()[1:] {
		c.Call("DELETE", "/api/users/me/sessions/"+s.ID, nil).Is(204)
	}
	if b.SignedIn() {
		t.Error("the browser is still signed in at the other replica")
	}
	program.Get("/api/users/me").Refused(401, "invalid_token")
}

func TestReplicas_PasswordChangeCountsAtTheNextRequest(t *testing.T) {
	t.Parallel()
	one, two := replicas(t)
	c, p, _ := one.RegisterAPI(t)
	b, program := two.Browser(t), two.API(t)
	b.SignIn(p)
	program.Login(p)
	changePassword(c, p.Password, nextPassword).Is(204)
	if b.SignedIn() {
		t.Error("the browser is still signed in at the other replica")
	}
	program.Get("/api/users/me").Refused(401, "invalid_token")
	c.On(two).Get("/api/users/me").Is(200)
	two.API(t).TryLogin(p.Email, p.Password).Refused(401, "invalid_credentials")
}

func TestReplicas_TwentyRefreshesAtOnceMakeOneSuccessor(t *testing.T) {
	t.Parallel()
	one, two := replicas(t)
	both := []*rig.App{one, two}
	c, _, tokens := one.RegisterAPI(t)
	successors := atOnce(20, func(i int) string { return c.On(both[i%2]).Refresh(tokens.Refresh).Refresh })
	if len(successors) != 1 {
		t.Errorf("%d different successors, want 1", len(successors))
	}
}

func TestReplicas_OneAccountOfTwentyAtOnce(t *testing.T) {
	t.Parallel()
	one, two := replicas(t)
	both, p := []*rig.App{one, two}, rig.NewUser()
	if got := atOnce(20, func(i int) int { return served(t, func() *rig.Response { return register(both[i%2].API(t), p) }) }); got[201] != 1 || got[409] != 19 {
		t.Errorf("statuses = %v, want one 201 and 19 times 409", got)
	}
}

// Two replicas that start together use the same signing key.
func TestReplicas_ShareTheSigningKey(t *testing.T) {
	t.Parallel()
	one, two := replicas(t)
	both := []*rig.App{one, two}
	people := make([]*rig.API, 8)
	for i := range people {
		people[i] = both[i%2].API(t)
	}
	atOnce(len(people), func(i int) string { return people[i].Register(rig.NewUser()).Access })
	for i, c := range people {
		c.On(both[(i+1)%2]).Get("/api/users/me").Is(200)
	}
	if n := len(rig.Decode[keySet](one.API(t).Get("/.well-known/jwks.json").Is(200)).Keys); n != 1 {
		t.Errorf("%d keys, want 1", n)
	}
}

func TestReplicas_KeyRotation(t *testing.T) {
	t.Parallel()
	one := rig.Start(t, rig.Wide)
	two := one.Replica(t)
	c, p, before := one.RegisterAPI(t)
	if r := rig.Run(t, one.Env, "", "keys", "rotate"); r.Status != 0 {
		t.Fatalf("stoa keys rotate = %d\n%s", r.Status, r.Out)
	}
	c.Get("/api/users/me").Is(200) // a token signed with the old key
	c.On(two).Get("/api/users/me").Is(200)
	old, _ := parts(t, before.Access)
	one.Exec(t, "update signing_keys set created_at = created_at - interval '6 minutes'") // the new key is known everywhere
	// A third replica starts with the new key. The others must accept its tokens.
	three := one.Replica(t)
	fresh := three.API(t).Login(p)
	header, _ := parts(t, fresh.Access)
	if header["kid"] == old["kid"] {
		t.Fatal("a new process signs with the old key")
	}
	for _, app := range []*rig.App{one, two, three} {
		app.API(t).Bearer(fresh.Access).Get("/api/users/me").Is(200)
		publicKey(t, app.API(t), old["kid"].(string))
	}
}
