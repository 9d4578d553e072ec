package journeys

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"stoa/test/rig"
	"strings"
	"testing"
	"time"
)

const userOf = "(select id from users where email_key = $1)"

func TestSession_CookieOverHTTP(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	_, p, _ := app.RegisterAPI(t)
	for remember, limit := range map[string]time.Duration{"": 24 * time.Hour, "on": 30 * 24 * time.Hour} {
		b := app.Browser(t)
		b.Open("/login")
		page := b.Send(rig.LoginForm, rig.Values{"email": p.Email, "password": p.Password, "remember": remember})
		c := page.Cookie("stoa_session")
		if c == nil {
			t.Fatalf("remember=%q: no stoa_session among %q", remember, page.Header.Values("Set-Cookie"))
		}
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.Secure {
			t.Errorf("remember=%q: %s; want HttpOnly, SameSite=Lax, Path=/, no Domain, and no Secure over http", remember, c)
		}
		if left := cookieLifetime(c); left > limit || remember != "" && left < limit-time.Minute {
			t.Errorf("remember=%q: the cookie lasts %s, want %s", remember, left, limit)
		}
		if len(c.Value) < 43 {
			t.Errorf("the identifier has %d characters, want 256 bits", len(c.Value))
		}
	}
}

// cookieLifetime returns the lifetime of a cookie; zero for a cookie that ends with the
// browser.
func cookieLifetime(c *http.Cookie) time.Duration {
	switch {
	case c.MaxAge > 0:
		return time.Duration(c.MaxAge) * time.Second
	case !c.Expires.IsZero():
		return time.Until(c.Expires)
	}
	return 0
}

func TestSession_OnlyItsHashIsStored(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, p := app.RegisterBrowser(t)
	id := b.Cookie("stoa_session").Value
	sum := sha256.Sum256([]byte(id))
	if n := rig.Ask[int](t, app, "select count(*) from sessions where k = $2 and user_id = "+userOf, p.Email, hex.EncodeToString(sum[:])); n != 1 {
		t.Errorf("%d rows have the identifier's SHA-256, want 1", n)
	}
	if row := rig.Ask[string](t, app, "select s::text || encode(v, 'escape') from sessions s where user_id = "+userOf, p.Email); strings.Contains(row, id) {
		t.Error("the row contains the identifier itself")
	}
}

func TestSession_ChosenIdentifierIsNotAdopted(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	_, p, _ := app.RegisterAPI(t)
	chosen := strings.Repeat("A", 43)
	b := app.Browser(t)
	b.Jar.SetCookies(b.Resolve("/"), []*http.Cookie{{Name: "stoa_session", Value: chosen, Path: "/"}})
	b.SignIn(p)
	if got := b.Cookie("stoa_session").Value; got == chosen {
		t.Error("the session uses the identifier that the client sent")
	}
	if got := app.Browser(t).Fetch("GET", "/dashboard", nil, rig.With("Cookie", "stoa_session="+chosen)); got.Status != 303 {
		t.Errorf("the identifier chosen by the client is accepted: %d", got.Status)
	}
}

func TestSession_SignInEndsTheSessionBefore(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, _ := app.RegisterBrowser(t)
	_, p, _ := app.RegisterAPI(t)
	old := b.Cookie("stoa_session").Value
	form := b.Open("/dashboard").Form(rig.LogoutForm).Fields
	form.Set("email", p.Email)
	form.Set("password", p.Password)
	b.Fetch("POST", "/login", form).Is(303)
	if b.Cookie("stoa_session").Value == old {
		t.Error("the sign-in did not replace the identifier")
	}
	if got := app.Browser(t).Fetch("GET", "/dashboard", nil, rig.With("Cookie", "stoa_session="+old)); got.Status != 303 {
		t.Errorf("the previous identifier is accepted: %d", got.Status)
	}
	if text := b.Open("/dashboard").Text("main"); !strings.Contains(text, p.Email) {
		t.Error("the home page is not that of the last sign-in")
	}
}

func TestSession_EndsWithoutUseAndInAll(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	for _, tt := range []struct {
		remember, column, age string
		alive                 bool
	}{
		{"", "last_seen_at", "23 hours 50 minutes", true},
		{"", "last_seen_at", "24 hours 1 minute", false},
		{"", "created_at", "29 days 23 hours", true},
		{"", "created_at", "30 days 1 minute", false},
		{"on", "last_seen_at", "29 days 23 hours", true},
		{"on", "last_seen_at", "30 days 1 minute", false},
		{"on", "created_at", "89 days 23 hours", true},
		{"on", "created_at", "90 days 1 minute", false},
	} {
		_, p, _ := app.RegisterAPI(t)
		b := app.Browser(t)
		b.Open("/login")
		b.Submit(rig.LoginForm, rig.Values{"email": p.Email, "password": p.Password, "remember": tt.remember}).At("/dashboard")
		app.Exec(t, "update sessions set "+tt.column+" = now() - $2::interval where user_id = "+userOf, p.Email, tt.age)
		if got := b.SignedIn(); got != tt.alive {
			t.Errorf("remember=%q, %s %s ago: signed in %v, want %v", tt.remember, tt.column, tt.age, got, tt.alive)
		}
	}
}

func TestSession_IsRenewedWhenUseIsFiveMinutesOld(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, p := app.RegisterBrowser(t)
	app.Exec(t, "update sessions set last_seen_at = now() - interval '6 minutes', e = e - 360 where user_id = "+userOf, p.Email)
	b.Addr = rig.Address()
	page := b.Fetch("GET", "/dashboard", nil).Is(200)
	if c := page.Cookie("stoa_session"); c == nil || c.Value == "" || cookieLifetime(c) < 23*time.Hour {
		t.Errorf("cookies %q, want the session's renewed for a day", page.Header.Values("Set-Cookie"))
	}
	if fresh := rig.Ask[bool](t, app, "select last_seen_at > now() - interval '1 minute' and to_timestamp(e) > now() + interval '23 hours 58 minutes' and host(ip) = $2 from sessions where user_id = "+userOf, p.Email, b.Addr); !fresh {
		t.Error("the row lacks the time or the IP address of the last use")
	}
}

func TestSession_RenewalDoesNotOutlastTheWhole(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, p := app.RegisterBrowser(t)
	app.Exec(t, "update sessions set created_at = now() - interval '29 days 22 hours', last_seen_at = now() - interval '1 hour' where user_id = "+userOf, p.Email)
	if c := b.Fetch("GET", "/dashboard", nil).Is(200).Cookie("stoa_session"); c == nil || cookieLifetime(c) > 2*time.Hour {
		t.Errorf("cookie %v, want one of at most 2 hours: the session ends then", c)
	}
}

// A page view writes nothing to the database.
func TestSession_PlainViewsWriteNothing(t *testing.T) {
	t.Parallel()
	app := rig.Start(t)
	b, _ := app.RegisterBrowser(t)
	const state = `select string_agg(x, ' ' order by x) from (
		select 's' || xmin || last_seen_at from sessions union all select 'u' || xmin from users union all
		select 'a' || count(*) from audit_entries union all select 'r' || count(*) || max(count) from rate_limits union all
		select 't' || count(*) from tokens union all select 'f' || count(*) from token_families) as t(x)`
	before := rig.Ask[string](t, app, state)
	for _, path := range append(rig.Pages(t, "own"), "/docs/api") {
		page := b.Fetch("GET", path, nil).Is(200)
		if c := page.Cookie("stoa_session"); c != nil {
			t.Errorf("%s sets the session cookie again", path)
		}
	}
	if after := rig.Ask[string](t, app, state); after != before {
		t.Errorf("page views changed the database from\n%s\nto\n%s", before, after)
	}
}

func TestSession_VisitorsLeaveNoRows(t *testing.T) {
	t.Parallel()
	app := rig.Start(t)
	const rows = `select (select count(*) from sessions) + (select count(*) from users) + (select count(*) from audit_entries) +
		(select count(*) from rate_limits) + (select count(*) from tokens) + (select count(*) from token_families)`
	before := rig.Ask[int](t, app, rows)
	b := app.Browser(t)
	for range 3 {
		for _, path := range append(rig.Pages(t, rig.PageGroups...), "/nothing", "/health") {
			b.Fetch("GET", path, nil)
		}
		b.Open("/login")
		b.Submit(rig.ThemeForm, rig.Values{"theme": "dark"})
	}
	if after := rig.Ask[int](t, app, rows); after != before {
		t.Errorf("%d rows after requests without a session, %d before", after, before)
	}
	if b.Cookie("stoa_session") != nil {
		t.Error("an anonymous client has a session cookie")
	}
}

func TestSession_OddCookiesOpenNothing(t *testing.T) {
	t.Parallel()
	b := rig.Shared(t).Browser(t)
	for _, value := range []string{"", "x", strings.Repeat("a", 3000), "'; select 1 --", "%00", "\u00e9", strings.Repeat("0", 64), "../../etc/passwd", "null"} {
		if got := b.Fetch("GET", "/dashboard", nil, rig.With("Cookie", "stoa_session="+value)); got.Status != 303 {
			t.Errorf("cookie %.20q: %d, want 303 to /login", value, got.Status)
		}
	}
	if got := b.Fetch("GET", "/dashboard", nil, rig.With("Cookie", "stoa_device=x; stoa_theme=<script>; stoa_flash=<b>; stoa_visitor="+strings.Repeat("v", 500))); got.Status != 303 {
		t.Errorf("malformed cookies: %d", got.Status)
	}
}
