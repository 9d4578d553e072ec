package journeys

import (
	"crypto/rand"
	"encoding/base64"
	"stoa/test/rig"
	"testing"
)

func newKey() string {
	key := make([]byte, 32)
	rand.Read(key)
	return base64.StdEncoding.EncodeToString(key)
}

// restartWith stops a and starts it on the same database with other settings.
func restartWith(t *testing.T, a *rig.App, env rig.Env) *rig.App {
	t.Helper()
	if err := a.Stop(); err != nil {
		t.Fatal(err)
	}
	b, err := rig.Serve(t.TempDir(), a.Owner, a.Env.With(env))
	if err != nil {
		t.Fatal(err)
	}
	rig.StopWith(t, b)
	return b
}

// A rotated SECRET_KEY signs no user out while SECRET_KEY_PREVIOUS is set.
func TestSecretKey_RotationSignsNobodyOut(t *testing.T) {
	t.Parallel()
	old := rig.Start(t, rig.Env{"LIMIT_ACCOUNT": "3/1h"})
	c, p, tokens := old.RegisterAPI(t)
	b := old.Browser(t)
	b.SignIn(p)
	b.Open("/settings/profile")
	visitor := old.Browser(t)
	visitor.Open("/login")
	moved := c.Refresh(tokens.Refresh)

	now := restartWith(t, old, rig.Env{"SECRET_KEY": newKey(), "SECRET_KEY_PREVIOUS": old.Env["SECRET_KEY"]})
	c.On(now).Get("/api/users/me").Is(200)
	b.Use(now)
	b.Submit(rig.ProfileForm, rig.Values{"name": "Ada King"}).At("/settings/profile") // a form from before the rotation
	visitor.Use(now)
	visitor.Submit(rig.LoginForm, rig.Values{"email": p.Email, "password": p.Password}).At("/dashboard")
	ageTokens(t, now, tokens.User.ID, "2 seconds")
	if repeated := c.On(now).Refresh(tokens.Refresh); repeated.Refresh != moved.Refresh {
		t.Error("the token from before the rotation has another successor now, so a second tab is signed out")
	}
	next := c.On(now).Refresh(moved.Refresh)
	c.On(now).Bearer(next.Access).Get("/api/users/me").Is(200)

	// The browser is still known to the account after wrong passwords of other
	// clients.
	for range 3 {
		now.API(t).TryLogin(p.Email, nextPassword).Is(401)
	}
	now.API(t).TryLogin(p.Email, p.Password).Is(429)
	b.Submit(rig.LogoutForm)
	b.SignIn(p)
}

// After the loss of SECRET_KEY users can still sign in: no password hash depends
// on it, and the signing key that it sealed is replaced.
func TestSecretKey_LostKeyLocksNobodyOut(t *testing.T) {
	t.Parallel()
	old := rig.Start(t, rig.Wide)
	c, p, tokens := old.RegisterAPI(t)

	now := restartWith(t, old, rig.Env{"SECRET_KEY": newKey()})
	fresh := now.API(t)
	before, _ := parts(t, tokens.Access)
	after, _ := parts(t, fresh.Login(p).Access)
	if before["kid"] == after["kid"] {
		t.Error("the signing key that cannot be decrypted is still used")
	}
	fresh.Get("/api/users/me").Is(200)
	now.Browser(t).SignIn(p)
	c.On(now).Refresh(tokens.Refresh) // only its hash is stored
}
