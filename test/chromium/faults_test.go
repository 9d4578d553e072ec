package chromium

import (
	"context"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"stoa/test/rig"
)

// faults_test.go contains the screens about limits, and about a server or database
// that does not respond.

// A user who signs in too often sees how long to wait: as a message with
// JavaScript, as a page without. The page is examined like every other.
func TestLimits(t *testing.T) {
	t.Parallel()
	// The window is longer than the test takes on the slowest machine.
	app := rig.Start(t, rig.Env{"LIMIT_LOGIN": "5/1h"})
	// Each subtest uses its own account, as an account has a limit too.
	wrongly := func() rig.Values {
		return rig.Values{"email": rig.NewUser().Email, "password": "nine words nobody knows"}
	}
	t.Run("script", func(t *testing.T) {
		t.Parallel()
		wrong := wrongly()
		tab := open(t, app)
		tab.allow("status of 422", "status of 429")
		tab.Open("/login")
		for range 5 {
			tab.Swap(loginForm, wrong, summary)
		}
		tab.Send(loginForm, wrong)
		tab.awaitMessage("Try again in")
		tab.At("/login")
		if got := tab.Value("email"); got != wrong["email"] {
			t.Errorf("the email address is %q, want the typed one", got)
		}
		if tab.Has(summary) {
			t.Error("the message about the password stays beside that about the limit")
		}
		tab.accessible("over the limit")
	})
	t.Run("no script", func(t *testing.T) {
		t.Parallel()
		wrong := wrongly()
		tab := open(t, app)
		s := screen{name: "429", state: true, allow: []string{"status of 422", "status of 429"}, reach: func(tab *Tab, _ rig.User) {
			tab.NoScript()
			tab.Open("/login")
			for range 6 {
				tab.Submit(loginForm, wrong)
				if !tab.Has(loginForm) {
					break
				}
			}
			tab.Script()
		}}
		s.examine(tab, rig.User{}, nil)
		if got := tab.Text("main"); !strings.Contains(got, "Try again in") {
			t.Errorf("the page shows %q, want how long to wait", got)
		}
	})
}

// A form is sent to a server that has stopped.
func TestServerGone(t *testing.T) {
	t.Parallel()
	app := rig.Start(t)
	tab := open(t, app)
	tab.allow("net::ERR_", "Failed to fetch")
	tab.Open("/login")
	tab.Fill(loginForm, rig.Values{"email": "ada@example.com", "password": "some password of hers"})
	if err := app.Stop(); err != nil {
		t.Fatal(err)
	}
	tab.Click(loginForm + " button:not([type=button])")
	tab.awaitMessage("Nothing was changed")
	if got := tab.Value("password"); got == "" {
		t.Error("the typed text is lost")
	}
	tab.accessible("without a server")
	// The form can be sent again.
	_, before := tab.count()
	tab.Click(loginForm + " button:not([type=button])")
	tab.wait("another attempt", func() bool { return len(posts(tab.since(before))) == 1 })
}

// TestFaults breaks the database and examines the error pages.
func TestFaults(t *testing.T) {
	t.Parallel()
	app := rig.Start(t)
	// The log has errors, so the test stops this server itself.
	t.Cleanup(func() {
		app.Signal(t, syscall.SIGTERM)
		if status, err := app.Wait(commandTimeout); status != 0 || err != nil {
			t.Errorf("after the faults the exit status of the server is %d, %v", status, err)
		}
		app.Process = nil
	})
	tab, _ := newUser(t, app)
	tab.Open("/settings/profile")
	broken := screen{name: "500", state: true, allow: []string{"status of 500"}, reach: just("/dashboard")}
	app.Exec(t, `ALTER TABLE sessions RENAME TO sessions_away`)
	tab.allow("status of 500")
	tab.Send(profileForm, rig.Values{"name": "Lost"})
	tab.awaitMessage("went wrong")
	tab.awaitMessage("Request ID")
	tab.At("/settings/profile")
	broken.examine(tab, rig.User{}, nil)
	if got := tab.Text("main code"); len(got) < 8 {
		t.Errorf("the page shows the request id %q, want at least 8 characters", got)
	}
	app.Exec(t, `ALTER TABLE sessions_away RENAME TO sessions`)

	// A lock that is not released leads to 503 with the time to wait.
	release := hold(t, app, `LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE`)
	away := screen{name: "503", state: true, allow: []string{"status of 503"}, reach: just("/dashboard")}
	away.examine(tab, rig.User{}, nil)
	release()
	tab.Open("/dashboard")
	tab.At("/dashboard")
}

// hold takes a lock as the owner of the tables and keeps it until release.
func hold(t testing.TB, app *rig.App, sql string) (release func()) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, app.Env["DATABASE_OWNER_URL"])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(ctx, "BEGIN; "+sql); err != nil {
		t.Fatal(err)
	}
	return func() { conn.Close(ctx) }
}
