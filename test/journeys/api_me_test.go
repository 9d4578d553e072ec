package journeys

import (
	"stoa/test/rig"
	"strings"
	"testing"
)

func TestMe_NeedsAToken(t *testing.T) {
	t.Parallel()
	c := rig.Shared(t).API(t)
	for _, call := range []struct {
		method, path string
		body         any
	}{
		{"GET", "/api/users/me", nil},
		{"PATCH", "/api/users/me", map[string]string{"name": "Eve"}},
		{"DELETE", "/api/users/me", map[string]string{"password": "x"}},
		{"PUT", "/api/users/me/password", map[string]string{"current_password": "x", "password": "seven brass anchors"}},
		{"GET", "/api/users/me/sessions", nil},
		{"DELETE", "/api/users/me/sessions/019ab0c2-6c1e-7d3a-9a55-0d4f5e8b7c21", nil},
	} {
		c.Call(call.method, call.path, call.body).Refused(401, "unauthenticated")
		c.Bearer("dead.access.token").Call(call.method, call.path, call.body).Refused(401, "invalid_token")
	}
}

func TestMe_ChangesOnlySentFields(t *testing.T) {
	t.Parallel()
	c, p, tokens := rig.Shared(t).RegisterAPI(t)
	named := rig.Decode[rig.APIUser](c.Call("PATCH", "/api/users/me", map[string]string{"name": "Ada King"}).Is(200))
	if named.Name != "Ada King" || named.Bio != "" || named.Email != p.Email || named.ID != tokens.User.ID {
		t.Errorf("after PATCH name: %+v", named)
	}
	bio := "Wrote the *first* program.\n\n\t- and notes"
	both := rig.Decode[rig.APIUser](c.Call("PATCH", "/api/users/me", map[string]string{"bio": bio}).Is(200))
	if both.Name != "Ada King" || both.Bio != bio {
		t.Errorf("after PATCH bio: %+v", both)
	}
	if !parseTime(t, both.UpdatedAt).After(parseTime(t, tokens.User.UpdatedAt)) || both.CreatedAt != tokens.User.CreatedAt {
		t.Errorf("updated_at %s, created_at %s after a change; before %s", both.UpdatedAt, both.CreatedAt, tokens.User.UpdatedAt)
	}
	if got := rig.Decode[rig.APIUser](c.Get("/api/users/me").Is(200)); got != both {
		t.Errorf("GET = %+v, want %+v", got, both)
	}
	cleared := rig.Decode[rig.APIUser](c.Call("PATCH", "/api/users/me", map[string]string{"bio": ""}).Is(200))
	if cleared.Bio != "" || cleared.Name != "Ada King" {
		t.Errorf("after PATCH of an empty bio: %+v", cleared)
	}
}

func TestMe_EmptyChangeChangesNothing(t *testing.T) {
	t.Parallel()
	c, _, tokens := rig.Shared(t).RegisterAPI(t)
	got := rig.Decode[rig.APIUser](c.Call("PATCH", "/api/users/me", `{}`).Is(200))
	if got.Name != tokens.User.Name || got.Bio != tokens.User.Bio {
		t.Errorf("after PATCH {}: %+v, want %+v", got, tokens.User)
	}
}

func TestMe_RefusesFields(t *testing.T) {
	t.Parallel()
	c, _, tokens := rig.Shared(t).RegisterAPI(t)
	for _, tt := range []struct{ why, body, field string }{
		{"null name", `{"name":null}`, "name"},
		{"null bio", `{"bio":null}`, "bio"},
		{"empty name", `{"name":""}`, "name"},
		{"only control characters", `{"name":"\u0007\u001b"}`, "name"},
		{"long name", `{"name":"` + strings.Repeat("n", 101) + `"}`, "name"},
		{"number", `{"name":1}`, "name"},
		{"array", `{"bio":["a"]}`, "bio"},
		{"long bio", `{"bio":"` + strings.Repeat("b", 2001) + `"}`, "bio"},
		{"long bio of many bytes", `{"bio":"` + strings.Repeat("é", 2001) + `"}`, "bio"},
		{"NUL in the bio", `{"bio":"a\u0000b"}`, "bio"},
		{"NUL in the name", `{"name":"a\u0000b"}`, "name"},
		{"address", `{"email":"eve@example.com"}`, "email"},
		{"password", `{"password":"eleven paper lanterns"}`, "password"},
		{"other case", `{"NAME":"Eve"}`, "NAME"},
		{"admin", `{"name":"Eve","admin":true}`, "admin"},
		{"id", `{"id":"019ab0c2-6c1e-7d3a-9a55-0d4f5e8b7c21"}`, "id"},
	} {
		got := c.Call("PATCH", "/api/users/me", tt.body)
		if got.Status != 422 {
			t.Errorf("%s: %d, want 422\n%s", tt.why, got.Status, got.Body)
			continue
		}
		got.RefusedField(tt.field)
	}
	if got := rig.Decode[rig.APIUser](c.Get("/api/users/me").Is(200)); got != tokens.User {
		t.Errorf("refused changes changed %+v to %+v", tokens.User, got)
	}
}

func TestMe_KeepsLongestInput(t *testing.T) {
	t.Parallel()
	c, _, _ := rig.Shared(t).RegisterAPI(t)
	bio, name := strings.Repeat("é", 2000), strings.Repeat("名", 100)
	got := rig.Decode[rig.APIUser](c.Call("PATCH", "/api/users/me", map[string]string{"bio": bio, "name": name}).Is(200))
	if got.Bio != bio || got.Name != name {
		t.Errorf("2,000 and 100 characters are returned as %d and %d", len([]rune(got.Bio)), len([]rune(got.Name)))
	}
}

func TestMe_BioDropsControlCharacters(t *testing.T) {
	t.Parallel()
	c, _, _ := rig.Shared(t).RegisterAPI(t)
	got := rig.Decode[rig.APIUser](c.Call("PATCH", "/api/users/me", map[string]string{"bio": "a\u0007b\tc\r\nd\u001b[31me"}).Is(200))
	if want := "ab\tc\nd[31me"; got.Bio != want {
		t.Errorf("bio = %q, want %q", got.Bio, want)
	}
}

func TestMe_DeleteWantsThePassword(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	c, p, tokens := app.RegisterAPI(t)
	browser := app.Browser(t)
	browser.SignIn(p)
	c.Call("DELETE", "/api/users/me", map[string]string{"password": "eleven paper lanterns"}).RefusedField("password")
	c.Call("DELETE", "/api/users/me", `{}`).RefusedField("password")
	c.Call("DELETE", "/api/users/me", "").Refused(400, "malformed_body")
	c.Get("/api/users/me").Is(200)

	c.Call("DELETE", "/api/users/me", map[string]string{"password": p.Password}).Is(204)
	c.Get("/api/users/me").Refused(401, "invalid_token")
	c.TryRefresh(tokens.Refresh).Refused(401, "refresh_token_invalid")
	if browser.SignedIn() {
		t.Error("a browser of the deleted account is still signed in")
	}
	app.API(t).TryLogin(p.Email, p.Password).Refused(401, "invalid_credentials")
	for _, table := range []string{"sessions", "token_families"} {
		if n := rig.Ask[int](t, app, "select count(*) from "+table+" where user_id = $1", tokens.User.ID); n != 0 {
			t.Errorf("%d rows in %s after the account was deleted", n, table)
		}
	}
	app.API(t).Register(p) // the email address is free again
}

// Clients compare and sort times as texts, so that they have a fixed form. PostgreSQL
// has microseconds; the time ends in zeros here.
func TestMe_TimesHaveSixDigits(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	c, _, tokens := app.RegisterAPI(t)
	app.Exec(t, "update users set created_at = '2026-03-01 09:30:00.25+00' where id = $1", tokens.User.ID)
	if got := c.Get("/api/users/me").Is(200); !strings.Contains(string(got.Body), `"created_at":"2026-03-01T09:30:00.250000Z"`) {
		t.Errorf("the response has another form of the time: %s", got.Body)
	}
}
