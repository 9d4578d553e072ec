package journeys

import (
	"stoa/test/rig"
	"testing"
)

const nextPassword = "eleven paper lanterns"

func TestPassword_EndsEveryOtherSession(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	c, p, tokens := app.RegisterAPI(t)
	other, browser := app.API(t), app.Browser(t)
	others := other.Login(p)
	browser.SignIn(p)

	changePassword(c, p.Password, nextPassword).Is(204)
	c.Get("/api/users/me").Is(200)
	c.Refresh(tokens.Refresh)
	other.Get("/api/users/me").Refused(401, "invalid_token")
	other.TryRefresh(others.Refresh).Refused(401, "refresh_token_invalid")
	if browser.SignedIn() {
		t.Error("a browser is still signed in after the password change")
	}
	if got := c.Sessions(); len(got) != 1 || !got[0].Current {
		t.Errorf("sessions = %+v, want only the current one", got)
	}
	app.API(t).TryLogin(p.Email, p.Password).Refused(401, "invalid_credentials")
	p.Password = nextPassword
	app.API(t).Login(p)
}

func TestPassword_Refuses(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	c, p, _ := app.RegisterAPI(t)
	other := app.API(t)
	other.Login(p)
	for _, tt := range []struct {
		why, field string
		body       any
	}{
		{"wrong current one", "current_password", map[string]string{"current_password": "five wrong anchors", "password": nextPassword}},
		{"no current one", "current_password", map[string]string{"password": nextPassword}},
		{"empty current one", "current_password", map[string]string{"current_password": "", "password": nextPassword}},
		{"no new one", "password", map[string]string{"current_password": p.Password}},
		{"short new one", "password", map[string]string{"current_password": p.Password, "password": "short"}},
		{"common new one", "password", map[string]string{"current_password": p.Password, "password": "password1234"}},
		{"own address", "password", map[string]string{"current_password": p.Password, "password": p.Email}},
		{"null", "password", map[string]any{"current_password": p.Password, "password": nil}},
		{"unknown field", "email", map[string]any{"current_password": p.Password, "password": nextPassword, "email": "eve@example.com"}},
	} {
		got := c.Call("PUT", "/api/users/me/password", tt.body)
		if got.Status != 422 {
			t.Errorf("%s: %d, want 422\n%s", tt.why, got.Status, got.Body)
			continue
		}
		got.RefusedField(tt.field)
	}
	other.Get("/api/users/me").Is(200)
	app.API(t).Login(p)
}

// Of two concurrent changes one succeeds. The response to the other is a refusal,
// and its password does not apply.
func TestPassword_OneOfTwoAtOnce(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	c, p, _ := app.RegisterAPI(t)
	next := []string{"eleven paper lanterns", "twelve copper kettles"}
	type outcome struct {
		who, status int
	}
	results := atOnce(2, func(i int) outcome {
		return outcome{i, served(t, func() *rig.Response { return changePassword(c, p.Password, next[i]) })}
	})
	won := 0
	for r := range results {
		if r.status == 204 {
			won++
			app.API(t).TryLogin(p.Email, next[r.who]).Is(200)
		}
	}
	if won != 1 {
		t.Errorf("outcomes = %v, want one 204", results)
	}
}

func changePassword(c *rig.API, current, next string) *rig.Response {
	c.T.Helper()
	return c.Call("PUT", "/api/users/me/password", map[string]string{"current_password": current, "password": next})
}
