package journeys

import (
	"context"
	"net/url"
	"stoa/platform/pg/pgtest"
	"stoa/platform/pgserver"
	"stoa/test/rig"
	"strings"
	"testing"
	"time"
)

func TestSession_SignOut(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, p := app.RegisterBrowser(t)
	id := b.Cookie("stoa_session").Value
	page := b.Send(rig.LogoutForm).Is(303)
	if got := page.Header.Get("Clear-Site-Data"); got != `"cache", "storage"` {
		t.Errorf("Clear-Site-Data = %q", got)
	}
	if c := page.Cookie("stoa_session"); c == nil || c.MaxAge >= 0 && !c.Expires.Before(time.Now()) {
		t.Errorf("the cookie %v is not deleted", c)
	}
	if got := app.Browser(t).Fetch("GET", "/dashboard", nil, rig.With("Cookie", "stoa_session="+id)); got.Status != 303 {
		t.Errorf("the identifier is still accepted: %d", got.Status)
	}
	if n := rig.Ask[int](t, app, "select count(*) from sessions where revoked_at is null and user_id = "+userOf, p.Email); n != 0 {
		t.Errorf("%d rows are not revoked", n)
	}
}

// Requests in flight during a sign-out may save their copy of the session later.
// No such write may restore the session.
func TestSession_SignOutIsFinalBesideRunningRequests(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	for range 5 {
		b, p := app.RegisterBrowser(t)
		id := b.Cookie("stoa_session").Value
		form := b.Page.Form(rig.LogoutForm).Fields
		// The session is due for renewal, so each request writes.
		app.Exec(t, "update sessions set last_seen_at = now() - interval '1 hour' where user_id = "+userOf, p.Email)
		atOnce(17, func(i int) int {
			other := app.Browser(t)
			cookie := rig.With("Cookie", strings.Join(cookies(b), "; "))
			if i == 8 {
				return other.Fetch("POST", "/logout", form, cookie).Status
			}
			return other.Fetch("GET", "/dashboard", nil, cookie).Status
		})
		if got := app.Browser(t).Fetch("GET", "/dashboard", nil, rig.With("Cookie", "stoa_session="+id)); got.Status != 303 {
			t.Fatalf("the session is valid after its sign-out: %d", got.Status)
		}
		if n := rig.Ask[int](t, app, "select count(*) from sessions where revoked_at is null and user_id = "+userOf, p.Email); n != 0 {
			t.Fatalf("%d rows are not revoked after the sign-out", n)
		}
	}
}

func cookies(b *rig.Browser) []string {
	var list []string
	for _, c := range b.Jar.Cookies(b.Resolve("/")) {
		list = append(list, c.Name+"="+c.Value)
	}
	return list
}

func TestSession_SigningOutTwiceIsNoError(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, _ := app.RegisterBrowser(t)
	b.Submit(rig.LogoutForm).Is(200)
	b.Open("/login")
	form := b.Page.Form(rig.LoginForm).Fields
	b.Fetch("POST", "/logout", form).Is(303)
}

// A sign-in that has checked the old password and waits before it stores the
// session must not survive the password change. The server's locks and statements wait
// as long as the test needs. A request still has a deadline, so the test begins again
// when a hash took too long on a busy machine.
func TestSession_LoginHeldUpDuringAPasswordChange(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	patient, err := url.Parse(db.App)
	if err != nil {
		t.Fatal(err)
	}
	query := patient.Query()
	query.Set("lock_timeout", "1min")
	query.Set("statement_timeout", "1min")
	patient.RawQuery = query.Encode()
	app := rig.StartOn(t, pgserver.URLs{App: patient.String(), Owner: db.Owner}, rig.Wide)
	app.Log.Forgive()
	for table, login := range map[string]func(rig.User) func() bool{
		"tokens": func(p rig.User) func() bool {
			c := app.API(t)
			if a := c.TryLogin(p.Email, p.Password); a.Status == 200 {
				c.Token = rig.Decode[rig.Tokens](a).Access
			}
			return func() bool { return c.Get("/api/users/me").Status == 200 }
		},
		"audit_entries": func(p rig.User) func() bool {
			b := app.Browser(t)
			b.Open("/login")
			b.Send(rig.LoginForm, rig.Values{"email": p.Email, "password": p.Password})
			return b.SignedIn
		},
	} {
		var status int
		var alive bool
		rig.Await(t, "a change that the server has time for", func() bool {
			status, alive = changeDuringLogin(t, app, table, login)
			return status != 503
		})
		if status != 204 {
			t.Errorf("the change = %d, want 204", status)
		}
		if alive {
			t.Errorf("a login with the old password that waited at %s is valid after the change", table)
		}
	}
}

// changeDuringLogin changes the password of a new user while a login waits for the
// table. It returns the status of the change, and whether the login is valid after it.
func changeDuringLogin(t *testing.T, app *rig.App, table string, login func(rig.User) func() bool) (status int, alive bool) {
	t.Helper()
	c, p, _ := app.RegisterAPI(t)
	release := holdTable(t, app, table)
	opened, changed := make(chan func() bool, 1), make(chan int, 1)
	go func() { opened <- login(p) }()
	const waiting = "select count(distinct l.pid) from pg_locks l join pg_stat_activity a using (pid) where not l.granted and a.datname = current_database()"
	rig.Await(t, "the login to wait for the lock", func() bool { return rig.Ask[int](t, app, waiting) > 0 })
	go func() { changed <- changePassword(c, p.Password, nextPassword).Status }()
	rig.Await(t, "the change to end or to wait too", func() bool { return len(changed) > 0 || rig.Ask[int](t, app, waiting) > 1 })
	release()
	status = <-changed
	return status, (<-opened)()
}

// holdTable locks a table against new rows and returns the function that releases
// the lock.
func holdTable(t *testing.T, a *rig.App, table string) (release func()) {
	t.Helper()
	conn := a.Connect(t)
	tx, err := conn.Begin(context.Background())
	if err == nil {
		_, err = tx.Exec(context.Background(), "lock table "+table+" in share mode")
	}
	if err != nil {
		t.Fatal(err)
	}
	return func() { conn.Close(context.Background()) }
}
