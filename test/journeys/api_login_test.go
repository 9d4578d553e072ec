package journeys

import (
	"net/http"
	"stoa/test/rig"
	"strings"
	"testing"
)

func TestLogin_ReturnsUserAndTokens(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	_, p, first := app.RegisterAPI(t)
	c := app.API(t)
	p.Email = strings.ToUpper(p.Email)
	got := c.Login(p)
	if got.User != first.User {
		t.Errorf("user = %v, want %v", got.User, first.User)
	}
	if got.Access == first.Access || got.Refresh == first.Refresh {
		t.Error("the second login returned the tokens of the first")
	}
	c.Get("/api/users/me").Is(200)
}

// The response is the same for every reason, so that a client without the
// password cannot learn whether the account exists.
func TestLogin_RefusesAlike(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	_, p, _ := app.RegisterAPI(t)
	_, disabled, _ := app.RegisterAPI(t)
	app.Exec(t, "update users set disabled_at = now() where email_key = $1", disabled.Email)
	responses := map[string]*rig.Response{
		"wrong":              app.API(t).TryLogin(p.Email, "eleven paper lanterns"),
		"unknown":            app.API(t).TryLogin("nobody-"+p.Email, p.Password),
		"disabled":           app.API(t).TryLogin(disabled.Email, disabled.Password),
		"disabled and wrong": app.API(t).TryLogin(disabled.Email, "eleven paper lanterns"),
	}
	want := responses["wrong"]
	want.Refused(http.StatusUnauthorized, "invalid_credentials")
	for why, got := range responses {
		if got.Status != want.Status || got.Anonymous() != want.Anonymous() {
			t.Errorf("%s: %d %s, want %d %s", why, got.Status, got.Body, want.Status, want.Body)
		}
		if got, want := headerNames(got.Header), headerNames(want.Header); got != want {
			t.Errorf("%s: headers %s, want %s", why, got, want)
		}
	}
}

func TestLogin_RefusesInvalidInput(t *testing.T) {
	t.Parallel()
	c := rig.Shared(t).API(t)
	for _, tt := range []struct{ why, body, field string }{
		{"no address", `{"password":"x"}`, "email"},
		{"no password", `{"email":"ada@example.com"}`, "password"},
		{"null address", `{"email":null,"password":"x"}`, "email"},
		{"null password", `{"email":"ada@example.com","password":null}`, "password"},
		{"empty password", `{"email":"ada@example.com","password":""}`, "password"},
		{"number", `{"email":"ada@example.com","password":12}`, "password"},
		{"unknown field", `{"email":"ada@example.com","password":"x","remember":true}`, "remember"},
		{"other case", `{"email":"ada@example.com","password":"x","Password":"y"}`, "Password"},
		{"not an email address", `{"email":"nobody","password":"x"}`, "email"},
		{"over-long password", `{"email":"ada@example.com","password":"` + strings.Repeat("x", 129) + `"}`, "password"},
		{"NUL", `{"email":"ada@example.com","password":"seven\u0000anchors"}`, "password"},
	} {
		if got := c.Post("/api/auth/login", tt.body); got.Status != 422 {
			t.Errorf("%s: %d, want 422\n%s", tt.why, got.Status, got.Body)
		} else {
			got.RefusedField(tt.field)
		}
	}
}

func TestLogin_RenewsHashesOfAnotherCost(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	dear := rig.Start(t, rig.Env{"BCRYPT_COST": "11"})
	_, p, _ := app.RegisterAPI(t)
	old := rig.Ask[string](t, app, "select password_hash from users where email_key = $1", p.Email)
	if !strings.HasPrefix(old, "$2a$10$") {
		t.Fatalf("hash = %.7s…, want bcrypt of cost 10", old)
	}
	dear.API(t).Register(p)
	dear.Exec(t, "update users set password_hash = $1 where email_key = $2", old, p.Email)
	dear.API(t).Login(p)
	rig.Await(t, "a hash of cost 11", func() bool {
		return strings.HasPrefix(rig.Ask[string](t, dear, "select password_hash from users where email_key = $1", p.Email), "$2a$11$")
	})
	dear.API(t).Login(p)
}

func headerNames(h http.Header) string {
	var names []string
	for name := range h {
		names = append(names, name)
	}
	return sorted(names)
}
