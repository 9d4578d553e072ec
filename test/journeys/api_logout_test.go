package journeys

import (
	"stoa/test/rig"
	"testing"
)

func TestLogout_EndsTheFamilyAtOnce(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	c, p, tokens := app.RegisterAPI(t)
	other := app.API(t)
	other.Login(p)
	second := c.Refresh(tokens.Refresh)
	c.Post("/api/auth/logout", nil).Is(204)
	c.Get("/api/users/me").Refused(401, "invalid_token")
	c.Bearer(second.Access).Get("/api/users/me").Refused(401, "invalid_token")
	c.TryRefresh(second.Refresh).Refused(401, "refresh_token_invalid")
	c.Post("/api/auth/logout", nil).Refused(401, "invalid_token")
	other.Get("/api/users/me").Is(200)
}

func TestLogout_ByRefreshToken(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	c, _, tokens := app.RegisterAPI(t)
	c.Bearer("").Post("/api/auth/logout", map[string]string{"refresh_token": tokens.Refresh}).Is(204)
	c.Get("/api/users/me").Refused(401, "invalid_token")
	c.TryRefresh(tokens.Refresh).Refused(401, "refresh_token_invalid")
}

func TestLogout_ByRefreshTokenBesideADeadAccessToken(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	c, _, tokens := app.RegisterAPI(t)
	c.Bearer("dead.access.token").Post("/api/auth/logout", map[string]string{"refresh_token": tokens.Refresh}).Is(204)
	c.Get("/api/users/me").Refused(401, "invalid_token")
}

func TestLogout_Refuses(t *testing.T) {
	t.Parallel()
	c := rig.Shared(t).API(t)
	c.Post("/api/auth/logout", nil).Refused(401, "unauthenticated")
	c.Post("/api/auth/logout", map[string]string{"refresh_token": "c2V2ZW4gYnJhc3MgYW5jaG9ycyBhbmQgYSBsYW50ZXJu"}).Refused(401, "refresh_token_invalid")
	c.Post("/api/auth/logout", `{"refresh_token":null}`).RefusedField("refresh_token")
	c.Post("/api/auth/logout", `[]`).Refused(400, "malformed_body")
}

// A sign-out is final: requests of the same family that are in flight may succeed
// or fail, and all later ones fail.
func TestLogout_IsFinalBesideRefreshes(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	c, _, tokens := app.RegisterAPI(t)
	atOnce(8, func(i int) int {
		if i == 3 {
			return c.Post("/api/auth/logout", nil).Status
		}
		return c.TryRefresh(tokens.Refresh).Status
	})
	c.Get("/api/users/me").Refused(401, "invalid_token")
	if n := rig.Ask[int](t, app, "select count(*) from token_families where user_id = $1 and revoked_at is null", tokens.User.ID); n != 0 {
		t.Errorf("%d families are still valid, want 0", n)
	}
}
