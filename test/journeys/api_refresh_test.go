package journeys

import (
	"net/http"
	"stoa/test/rig"
	"strings"
	"testing"
)

func TestRefresh_GivesANewPair(t *testing.T) {
	t.Parallel()
	c, _, first := rig.Shared(t).RegisterAPI(t)
	second := rig.Decode[rig.Tokens](c.TryRefresh(first.Refresh).Is(200))
	if second.Refresh == first.Refresh || second.Access == first.Access {
		t.Error("the refresh returned the old pair")
	}
	c.Bearer(second.Access).Get("/api/users/me").Is(200)
	// The family continues, so the previous access token stays valid until it
	// expires.
	c.Bearer(first.Access).Get("/api/users/me").Is(200)
	third := rig.Decode[rig.Tokens](c.TryRefresh(second.Refresh).Is(200))
	if third.Refresh == second.Refresh {
		t.Error("the second rotation returned the same token")
	}
	if got := len(c.Bearer(third.Access).Sessions()); got != 1 {
		t.Errorf("%d sessions after two rotations, want 1", got)
	}
}

func TestRefresh_TwentyAtOnceMakeOneSuccessor(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	c, _, first := app.RegisterAPI(t)
	successors := atOnce(20, func(int) string { return c.Refresh(first.Refresh).Refresh })
	if len(successors) != 1 {
		t.Fatalf("%d different successors, want 1", len(successors))
	}
	for token := range successors {
		next := c.Refresh(token)
		c.Bearer(next.Access).Get("/api/users/me").Is(200)
	}
}

func TestRefresh_OldTokenIsAcceptedForTenSeconds(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	c, _, first := app.RegisterAPI(t)
	second := c.Refresh(first.Refresh)
	ageTokens(t, app, first.User.ID, "6 seconds")
	again := c.Refresh(first.Refresh)
	if again.Refresh != second.Refresh {
		t.Error("a second use within 10 s returned another successor")
	}
	c.Bearer(again.Access).Get("/api/users/me").Is(200)
}

func TestRefresh_ReuseEndsTheFamily(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	c, p, first := app.RegisterAPI(t)
	other := app.API(t)
	other.Login(p)
	second := c.Refresh(first.Refresh)
	ageTokens(t, app, first.User.ID, "61 seconds")
	c.TryRefresh(first.Refresh).Refused(http.StatusUnauthorized, "refresh_token_reused")
	for name, token := range map[string]string{"first": first.Access, "second": second.Access} {
		if got := c.Bearer(token).Get("/api/users/me"); got.Status != 401 {
			t.Errorf("the %s access token is still accepted: %d", name, got.Status)
		}
	}
	if got := c.TryRefresh(second.Refresh); got.Status != 401 {
		t.Errorf("the successor is still accepted: %d", got.Status)
	}
	other.Get("/api/users/me").Is(200) // another family of the same user
}

// The response of a refresh may be lost. As long as the client has not used the
// successor, a retry gets it again; afterwards a second use is a theft.
func TestRefresh_RetriedAfterALostResponse(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	c, _, first := app.RegisterAPI(t)
	lost := c.Refresh(first.Refresh)
	ageTokens(t, app, first.User.ID, "55 seconds")
	if again := c.Refresh(first.Refresh); again.Refresh != lost.Refresh || again.Access != lost.Access {
		t.Error("a retry gets another pair")
	}
	c.Refresh(lost.Refresh)
	c.TryRefresh(first.Refresh).Refused(http.StatusUnauthorized, "refresh_token_reused")
}

func TestRefresh_Refuses(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	c, _, tokens := app.RegisterAPI(t)
	broken := "A"
	if strings.HasSuffix(tokens.Refresh, "A") {
		broken = "B"
	}
	for why, token := range map[string]string{
		"unknown":         "c2V2ZW4gYnJhc3MgYW5jaG9ycyBhbmQgYSBsYW50ZXJu",
		"access token":    tokens.Access,
		"last cut off":    tokens.Refresh[:len(tokens.Refresh)-1],
		"other character": tokens.Refresh[:len(tokens.Refresh)-5] + broken + broken + broken + broken + broken,
		"words":           "not a token",
		"with a margin":   tokens.Refresh + " ",
		"empty":           "",
	} {
		if got := c.TryRefresh(token); got.Status != 401 {
			t.Errorf("%s: %d, want 401\n%s", why, got.Status, got.Body)
		} else {
			got.Refused(401, "refresh_token_invalid")
		}
	}
	for why, body := range map[string]string{"missing": `{}`, "null": `{"refresh_token":null}`, "number": `{"refresh_token":1}`} {
		if got := c.Post("/api/auth/refresh", body); got.Status != 422 {
			t.Errorf("%s: %d, want 422\n%s", why, got.Status, got.Body)
		} else {
			got.RefusedField("refresh_token")
		}
	}
	c.Refresh(tokens.Refresh)
}

func TestRefresh_RefusesWhatHasRunOut(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	c, _, tokens := app.RegisterAPI(t)
	app.Exec(t, "update tokens set expires_at = now() - interval '1 second' where family_id in (select id from token_families where user_id = $1)", tokens.User.ID)
	c.TryRefresh(tokens.Refresh).Refused(401, "refresh_token_invalid")
}

func TestRefresh_LastsThirtyDaysWithinNinety(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	c, _, tokens := app.RegisterAPI(t)
	const left = `select floor(extract(epoch from max(expires_at) - now()) / 86400)::int from tokens where family_id in (select id from token_families where user_id = $1)`
	if got := rig.Ask[int](t, app, left, tokens.User.ID); got != 29 {
		t.Errorf("a refresh token lasts %d whole days, want 29 (30 days less a moment)", got)
	}
	app.Exec(t, "update token_families set created_at = created_at - interval '80 days' where user_id = $1", tokens.User.ID)
	tokens.Refresh = c.Refresh(tokens.Refresh).Refresh
	const next = `select floor(extract(epoch from max(expires_at) - now()) / 86400)::int from tokens where rotated_at is null and family_id in (select id from token_families where user_id = $1)`
	if got := rig.Ask[int](t, app, next, tokens.User.ID); got != 9 {
		t.Errorf("80 days after the login a refresh token lasts %d whole days, want 9", got)
	}
	app.Exec(t, "update token_families set created_at = created_at - interval '11 days', expires_at = now() - interval '1 day' where user_id = $1", tokens.User.ID)
	c.TryRefresh(tokens.Refresh).Refused(401, "refresh_token_invalid")
	c.Get("/api/users/me").Refused(401, "invalid_token")
}

func TestRefresh_EndsWithTheAccount(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	c, p, tokens := app.RegisterAPI(t)
	app.Exec(t, "update users set disabled_at = now() where email_key = $1", p.Email)
	c.TryRefresh(tokens.Refresh).Refused(401, "refresh_token_invalid")
	c.Get("/api/users/me").Refused(401, "invalid_token")
}

func TestRefresh_TokensAreHashedAtRest(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	c, _, tokens := app.RegisterAPI(t)
	second := c.Refresh(tokens.Refresh)
	dump := rig.Ask[string](t, app, "select coalesce(string_agg(t::text, ' '), '') from tokens t")
	for _, token := range []string{tokens.Refresh, second.Refresh} {
		if bare := token[len(token)-40:]; strings.Contains(dump, bare) || strings.Contains(dump, hexed(bare)) {
			t.Error("the table of tokens contains a usable token")
		}
	}
}

// ageTokens sets the rotation time of a user's refresh tokens back, so that the
// test does not depend on the speed of the machine.
func ageTokens(t testing.TB, a *rig.App, user, by string) {
	t.Helper()
	if n := a.Exec(t, "update tokens set rotated_at = now() - $2::interval where rotated_at is not null and family_id in (select id from token_families where user_id = $1)", user, by); n == 0 {
		t.Fatal("there is no rotated token")
	}
}
