package journeys

import (
	"fmt"
	"net/url"
	"slices"
	"stoa/test/rig"
	"strings"
	"testing"

	"github.com/google/uuid"
)

func TestLog_NamesRequestAndPerson(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	c, p, tokens := app.RegisterAPI(t)
	id := "log-" + uuid.NewString()
	c.Get("/api/users/me", rig.With("X-Request-ID", id)).Is(200)
	line := rig.RequestLines(t, id, app)[0]
	for name, want := range map[string]any{"user_id": tokens.User.ID, "method": "GET", "path": "/api/users/me", "status": 200.0, "ip": c.Addr} {
		if line[name] != want {
			t.Errorf("%s = %v, want %v in %v", name, line[name], want, line)
		}
	}

	b, _ := app.RegisterBrowser(t)
	id = "log-" + uuid.NewString()
	b.Fetch("GET", "/dashboard", nil, rig.With("X-Request-ID", id)).Is(200)
	if line := rig.RequestLines(t, id, app)[0]; line["user_id"] == nil {
		t.Errorf("a page's line lacks user_id: %v", line)
	}

	next := rig.NewUser()
	for path, body := range map[string]map[string]string{
		"/api/auth/register": {"name": next.Name, "email": next.Email, "password": next.Password},
		"/api/auth/login":    {"email": p.Email, "password": p.Password},
	} {
		id = "log-" + uuid.NewString()
		app.API(t).Post(path, body, rig.With("X-Request-ID", id))
		rig.Await(t, "the line of "+path+" with user_id", func() bool {
			return slices.ContainsFunc(app.Log.Request(id), func(line map[string]any) bool {
				return line["path"] == path && line["user_id"] != nil
			})
		})
	}
}

func TestLog_SecurityEventsAreLinesAndEntries(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	c, p, tokens := app.RegisterAPI(t)
	for why, call := range map[string]func(rig.Edit){
		"failed sign-in": func(id rig.Edit) {
			c.Post("/api/auth/login", map[string]string{"email": p.Email, "password": nextPassword}, id).Is(401)
		},
		"sign-in": func(id rig.Edit) {
			c.Post("/api/auth/login", map[string]string{"email": p.Email, "password": p.Password}, id).Is(200)
		},
		"profile": func(id rig.Edit) { c.Call("PATCH", "/api/users/me", `{"name":"Ada"}`, id).Is(200) },
		"sign-out": func(id rig.Edit) {
			other := app.API(t)
			other.Login(p)
			other.Post("/api/auth/logout", nil, id).Is(204)
		},
	} {
		id := "event-" + uuid.NewString()
		call(rig.With("X-Request-ID", id))
		if n := rig.Ask[int](t, app, "select count(*) from audit_entries where request_id = $1 and user_id = $2 and host(ip) like '10.%'", id, tokens.User.ID); n == 0 {
			t.Errorf("%s wrote no audit entry", why)
		}
		rig.Await(t, "the event of "+why, func() bool {
			for _, line := range app.Log.Request(id) {
				if line["event"] != nil {
					return true
				}
			}
			return false
		})
	}
}

// No line contains a secret or personal data.
func TestLog_HasNoSecrets(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	c, p, tokens := app.RegisterAPI(t)
	next := c.Refresh(tokens.Refresh)
	c.TryLogin(p.Email, "wrong "+p.Password).Is(401)
	c.Get("/api/users/me?token=" + "query-secret-" + p.Password[20:]).Is(200)
	b := app.Browser(t)
	b.SignIn(p)
	session := b.Cookie("stoa_session").Value
	form := b.Page.Form(rig.LogoutForm).Fields.Get("_csrf")
	changePassword(c, p.Password, nextPassword+p.Password).Is(204)
	id := "last-" + uuid.NewString()
	c.Get("/api/users/me", rig.With("X-Request-ID", id)).Is(200)
	rig.RequestLines(t, id, app)
	log := app.Log.String()
	for what, secret := range map[string]string{
		"password": p.Password, "access token": tokens.Access, "signature": tokens.Access[len(tokens.Access)-40:], "refresh token": tokens.Refresh,
		"next refresh token": next.Refresh, "session": session, "CSRF token": form, "query": "query-secret-",
	} {
		if strings.Contains(log, secret) {
			t.Errorf("the log contains the %s", what)
		}
	}
	for _, table := range []string{"audit_entries", "sessions", "token_families", "tokens", "users"} {
		dump := rig.Ask[string](t, app, fmt.Sprintf("select coalesce(string_agg(x::text, ' '), '') from %s x", table))
		for what, secret := range map[string]string{"password": p.Password, "refresh token": next.Refresh[8:], "session": session} {
			if strings.Contains(dump, secret) {
				t.Errorf("%s contains the %s", table, what)
			}
		}
	}
}

// Input cannot forge log lines.
func TestLog_CannotBeForged(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	mark := uuid.NewString()
	forged := `{"level":"INFO","msg":"forged ` + mark + `"}`
	c := app.API(t)
	c.Post("/api/auth/login", map[string]string{"email": "a\n" + forged + "\n@example.com", "password": "x"})
	c.Get("/api/nothing%0a"+mark+"%0d%0a", rig.With("User-Agent", forged))
	app.Wire(t).Send("GET /" + mark + "\"}{\" HTTP/1.1\r\nHost: localhost\r\nUser-Agent: x\x1b[31m" + mark + "\r\nX-Request-ID: id\",\"level\":\"ERROR\r\n\r\n").Read()
	id := "last-" + uuid.NewString()
	c.Get("/api/nothing", rig.With("X-Request-ID", id)).Is(404)
	rig.RequestLines(t, id, app)
	entries := app.Log.Entries() // read first, because other tests write more lines
	if lines := app.Log.Lines(); len(lines) < len(entries) {
		t.Errorf("%d lines contain %d JSON entries", len(lines), len(entries))
	}
	for _, line := range app.Log.Lines() {
		if strings.HasPrefix(line, forged) || strings.ContainsAny(line, "\x1b\r") {
			t.Errorf("a forged line: %q", line)
		}
	}
	for _, entry := range entries {
		if entry["msg"] == "forged "+mark {
			t.Errorf("a forged entry: %v", entry)
		}
	}
}

// Characters that change the direction of the text, and others that show nothing, are
// escaped in every field that a client can choose, in both formats.
func TestLog_HiddenCharacters(t *testing.T) {
	t.Parallel()
	const hidden = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\u2028\u2029\ufeff\u0085\u009b\x7f"
	for format, want := range map[string]string{"json": `\\u202a`, "pretty": "\u25a1"} {
		app := rig.SharedWith(t, rig.Wide, rig.Env{"LOG_FORMAT": format})
		mark, last := uuid.NewString(), "last-"+uuid.NewString()
		c := app.API(t)
		text := mark + hidden
		header := strings.TrimRight(text, "\x7f") // net/http refuses it
		c.Get("/api/"+url.PathEscape(text), rig.With("User-Agent", header), rig.With("Referer", header), rig.With("X-Request-ID", header)).Is(404)
		app.Browser(t).Fetch("GET", "/"+url.PathEscape(text)+"/x?next="+url.QueryEscape(text), nil).Is(404)
		c.Call("POST", "/api/auth/login", map[string]string{"email": text + "@example.com", text: text})
		app.Wire(t).Send("G" + text + " /" + text + " HTTP/1.1\r\nHost: " + text + "\r\n\r\n").Read()
		c.Get("/api/"+last, rig.With("X-Request-ID", last)).Is(404)
		rig.Await(t, "the last line", func() bool { return strings.Contains(app.Log.String(), last) })
		log := app.Log.String()
		if i := strings.IndexAny(log, hidden); i >= 0 {
			t.Errorf("%s: the log has a hidden character: %q", format, log[max(0, i-200):min(len(log), i+50)])
		}
		if !strings.Contains(log, mark+want) {
			t.Errorf("%s: the log lacks the path with %s", format, want)
		}
	}
}
