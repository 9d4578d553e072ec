package journeys

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"stoa/platform/pg/pgtest"
	"stoa/test/rig"
)

func TestProcess_FinishesRequestsInFlight(t *testing.T) {
	t.Parallel()
	app := rig.Start(t, rig.Wide, rig.Env{"BCRYPT_COST": "14"})
	_, p, _ := app.RegisterAPI(t)
	const counted = "select coalesce(sum(count), 0) from rate_limits where key like '%login%'"
	before := rig.Ask[int](t, app, counted)
	answer := make(chan *rig.Response, 1)
	go func() { answer <- app.API(t).TryLogin(p.Email, p.Password) }()
	rig.Await(t, "the sign-in to be counted, before its password is hashed", func() bool { return rig.Ask[int](t, app, counted) > before })
	app.Signal(t, syscall.SIGTERM)
	if got := <-answer; got.Status != 200 {
		t.Errorf("the sign-in in flight gets %d %s, want 200", got.Status, got.Body)
	}
	if err := app.Stop(); err != nil {
		t.Error(err)
	}
}

func TestProcess_EndsOnInterruptToo(t *testing.T) {
	t.Parallel()
	app := rig.Start(t)
	app.Signal(t, syscall.SIGINT)
	status, err := app.Wait(rig.Patience)
	if err != nil || status != 0 {
		t.Errorf("exit status %d, %v; want 0", status, err)
	}
}

// A second signal from an operator or a supervisor must not turn a clean shutdown
// into a crash. SIGHUP, which a closed terminal sends, stops the program as SIGTERM
// does.
func TestProcess_SecondSignalStillExitsCleanly(t *testing.T) {
	t.Parallel()
	app := rig.Start(t)
	stop := syscall.SIGHUP
	if signal.Ignored(stop) { // under nohup, and then in the program too
		stop = syscall.SIGTERM
	}
	rig.Await(t, "the end", func() bool {
		app.Signal(t, stop)
		return app.Ended()
	})
	if status, err := app.Wait(rig.Patience); err != nil || status != 0 {
		t.Errorf("exit status %d, %v; want 0", status, err)
	}
}

// Idle connections and clients that never finish their request must not delay the
// shutdown.
func TestProcess_EndsBesideIdleConnections(t *testing.T) {
	t.Parallel()
	app := rig.Start(t)
	for range 5 {
		w := app.Wire(t).Send("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
		w.Read()
		app.Wire(t).Send("GET /health/live HTTP/1.1\r\nHost:")
	}
	start := time.Now()
	app.Signal(t, syscall.SIGTERM)
	status, err := app.Wait(rig.Patience)
	// An idle connection is closed after a minute anyway.
	if took := time.Since(start); err != nil || status != 0 || took > 50*time.Second {
		t.Errorf("exit status %d after %s, %v; want 0 before the connections are closed as idle", status, took, err)
	}
}

func TestProcess_TakenPortIsSaidInOneLine(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	_, port, _ := strings.Cut(app.Addr, ":")
	r := rig.Run(t, app.Env.With(rig.Env{"PORT": port}), "", "serve")
	if lines := strings.Split(strings.TrimSpace(r.Out), "\n"); r.Status == 0 || len(lines) != 1 || !strings.Contains(lines[0], port) {
		t.Errorf("exit status %d with\n%s\nwant one line that names port %s", r.Status, r.Out, port)
	}
}

// A setting that proves wrong only when it is used is named in the error too.
func TestProcess_SettingsThatCannotBeUsedAreNamed(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]rig.Env{
		"HOST": {"HOST": "203.0.113.1"}, "DATA_DIR": {"DATA_DIR": file, "SECRET_KEY": ""},
		"DATABASE_URL":  {"DATABASE_URL": "postgres://stoa@127.0.0.1:1/stoa", "DATABASE_OWNER_URL": ""},
		"DATABASE_URL:": {"DATABASE_URL": "postgres://stoa@127.0.0.1:1/stoa"},
	} {
		for _, format := range []string{"pretty", "json"} {
			r := rig.Run(t, app.Env.With(rig.Env{"PORT": "0", "LOG_FORMAT": format, "START_TIMEOUT": "0s"}).With(change), "", "serve")
			lines := strings.Split(strings.TrimSpace(r.Out), "\n")
			if r.Status == 0 || len(lines) != 1 || !strings.Contains(lines[0], name) || json.Valid([]byte(lines[0])) != (format == "json") {
				t.Errorf("exit status %d with\n%s\nwant one line that names %s, in the format %s", r.Status, r.Out, name, format)
			}
		}
	}
}

// The database, or a pooler before it, may start after the program.
func TestProcess_WaitsForBothURLs(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	app, throughApp := rig.NewFaultProxy(t, db.App)
	owner, throughOwner := rig.NewFaultProxy(t, db.Owner)
	for name, one := range map[string]struct {
		late *rig.FaultProxy
		env  rig.Env
	}{"DATABASE_URL": {app, rig.Defaults(throughApp, db.Owner)}, "DATABASE_OWNER_URL": {owner, rig.Defaults(db.App, throughOwner)}} {
		one.late.Shut()
		p := rig.Launch(t, one.env.With(rig.Env{"PORT": "0", "START_TIMEOUT": "10m"}), "serve")
		logs := func(what string) func() bool {
			return func() bool { return p.Ended() || strings.Contains(p.Log.String(), what) }
		}
		rig.Await(t, "the program to wait for "+name, logs("waiting for PostgreSQL"))
		one.late.Open()
		rig.Await(t, "the program to serve", logs(`"msg":"serving"`))
		if p.Ended() {
			t.Errorf("with a late %s the program ends\n%s", name, p.Log.String())
		}
	}
}

// initdb fails, as it does for a user id without an entry in /etc/passwd.
func TestProcess_FailedPrivateServerIsSaidInOneLine(t *testing.T) {
	t.Parallel()
	programs := t.TempDir()
	for name, script := range map[string]string{"postgres": "echo 'postgres (PostgreSQL) 17.0'", "initdb": "echo 'could not look up effective user ID' >&2; exit 3", "pg_ctl": "exit 3"} {
		if err := os.WriteFile(filepath.Join(programs, name), []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, command := range []string{"serve", "work", "migrate up", "user list", "psql", "doctor"} {
		r := rig.Run(t, rig.Env{"PORT": "0", "STOA_PG_BIN": programs, "DATA_DIR": t.TempDir(), "LOG_LEVEL": "error"}, "", strings.Fields(command)...)
		if r.Status != 1 || !strings.Contains(r.Out, "could not look up effective user ID") {
			t.Errorf("%s = %d\n%swant status 1 and the reason of initdb", command, r.Status, r.Out)
		}
	}
}

// checkRefused runs serve and checks that it ends and prints one line
// for each wrong setting and no other line. The exit status must be that of wrong
// settings, with which a supervisor does not restart the program.
func checkRefused(t *testing.T, env rig.Env, names ...string) {
	t.Helper()
	r := rig.Run(t, env, "", "serve")
	if r.Status != 78 {
		t.Errorf("exit status %d, want 78", r.Status)
	}
	lines := strings.Split(strings.TrimSpace(r.Out), "\n")
	if len(lines) != len(names) {
		t.Errorf("%d lines, want one for each of %v:\n%s", len(lines), names, r.Out)
	}
	for _, name := range names {
		named := 0
		for _, line := range lines {
			if strings.Contains(line, name) {
				named++
			}
		}
		if named == 0 {
			t.Errorf("no line names %s:\n%s", name, r.Out)
		}
	}
}

// The tests of cmd/stoa/config have every wrong value of every setting.
func TestProcess_WrongSettingsEndTheStart(t *testing.T) {
	t.Parallel()
	fine := rig.Env{"DATABASE_URL": "postgres://stoa@127.0.0.1:1/stoa", "PORT": "0"}
	checkRefused(t, fine.With(rig.Env{"DB_ACQUIRE_TIMEOUT": "3"}), "DB_ACQUIRE_TIMEOUT")
	checkRefused(t, fine.With(rig.Env{"STOA_": "x", "LIMIT_LOGINS": "5/1m"}), "LIMIT_LOGINS")
	wrong := rig.Env{
		"APP_ENV": "staging", "PORT": "abc", "BASE_URL": "ftp://x", "DATABASE_URL": "mysql://x/y", "SECRET_KEY": "short",
		"DB_MAX_CONNS": "0", "TRUSTED_PROXIES": "10.0.0.0/99", "ALLOWED_ORIGINS": "*", "LOG_LEVEL": "loud", "LOG_FORMAT": "xml",
		"LIMIT_LOGIN": "five/1m", "PASSWORD_MIN_LENGTH": "7", "PASSWORD_BLOCKLIST": "maybe", "BCRYPT_COST": "9", "EMBEDDED_DATABASE": "perhaps",
	}
	checkRefused(t, wrong, slices.Sorted(maps.Keys(wrong))...)
}

// The tests of cmd/stoa/config have every setting that production refuses.
func TestProcess_ProductionRefusesWhatIsForDevelopment(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	fine := app.Env.Production()
	checkRefused(t, fine.With(rig.Env{
		"SECRET_KEY": "Y2hhbmdlLW1lLWNoYW5nZS1tZS1jaGFuZ2UtbWUtY2hhbmdlLW1l", "BASE_URL": "http://stoa.example.com",
		"LIMIT_API": "off", "LIMIT_ACCOUNT": "off", "SMTP_URL": "", "MAIL_FROM": "",
	}), "SECRET_KEY", "BASE_URL", "LIMIT_API", "LIMIT_ACCOUNT", "SMTP_URL", "MAIL_FROM")
	checkRefused(t, fine.With(rig.Env{"SECRET_KEY": "", "DATABASE_URL": "", "DATABASE_OWNER_URL": ""}), "SECRET_KEY", "DATABASE_URL")
}

// Row-level security does not bind a superuser, so serve refuses such a role.
func TestProcess_ProductionRefusesASuperuser(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	r := rig.Run(t, app.Env.Production().With(rig.Env{"DATABASE_URL": rig.Superuser(t, app)}), "", "serve")
	if r.Status == 0 || !strings.Contains(r.Out, "superuser") {
		t.Errorf("exit status %d with\n%s\nwant a refusal of the superuser", r.Status, r.Out)
	}
}

func TestProcess_ProductionServes(t *testing.T) {
	t.Parallel()
	app := rig.SharedWith(t, rig.InProduction)
	b := app.Browser(t)
	b.Fetch("GET", "/login", nil, rig.With("X-Forwarded-Proto", "https")).Is(200)
	for _, path := range []string{"/dev/kit", "/dev/mail", "/dev/mail/0199f3c2-7a51-7c64-9b1e-5d2f8f1c0a34", "/dev/mail/0199f3c2-7a51-7c64-9b1e-5d2f8f1c0a34/html", "/metrics", "/debug/pprof/"} {
		b.Fetch("GET", path, nil, rig.With("X-Forwarded-Proto", "https")).Is(404)
	}
	// A request that came to a proxy by http, and one without a proxy.
	got := b.Fetch("GET", "/login?next=%2Fdashboard", nil, rig.With("X-Forwarded-Proto", "http")).Is(http.StatusPermanentRedirect)
	if to := got.Header.Get("Location"); to != "https://stoa.example.com/login?next=%2Fdashboard" {
		t.Errorf("Location = %q", to)
	}
	// Two proxies: the first one says how the client connected.
	chain := rig.With("X-Forwarded-For", b.Addr+", 127.0.0.1")
	b.Fetch("GET", "/login", nil, chain, rig.With("X-Forwarded-Proto", "https,http")).Is(200)
	b.Fetch("GET", "/login", nil, chain, rig.With("X-Forwarded-Proto", "http,https")).Is(http.StatusPermanentRedirect)
	b.Fetch("GET", "/login", nil, rig.With("X-Forwarded-Proto", "")).Is(200)
	b.Fetch("GET", "/health", nil, rig.With("X-Forwarded-Proto", "")).Is(200)
}

// The redirect to https leads to this host, whatever the request line contains.
func TestProcess_ProductionRedirectsNowhereElse(t *testing.T) {
	t.Parallel()
	app := rig.SharedWith(t, rig.InProduction)
	for _, target := range []string{"http://evil.example/login", "@evil.example/", "//evil.example/", `/\evil.example/`, ".evil.example/", ":443@evil.example/"} {
		res, _ := app.Wire(t).Send("GET " + target + " HTTP/1.1\r\nHost: stoa.example.com\r\nX-Forwarded-Proto: http\r\n\r\n").Read()
		if res == nil {
			continue // the connection is closed without a response
		}
		to, err := url.Parse(res.Header.Get("Location"))
		if err != nil || to.Host != "" && to.Host != "stoa.example.com" {
			t.Errorf("GET %s = %d to %q", target, res.StatusCode, res.Header.Get("Location"))
		}
	}
}

func TestProcess_ProductionBelievesOnlyTrustedProxies(t *testing.T) {
	t.Parallel()
	app := rig.Start(t, rig.InProduction, rig.Env{"TRUSTED_PROXIES": "192.0.2.0/24"})
	app.Browser(t).Fetch("GET", "/login", nil, rig.With("X-Forwarded-Proto", "http")).Is(200)
}

func TestProcess_TheDatabaseIsAwayForAWhile(t *testing.T) {
	t.Parallel()
	app, proxy := rig.StartBehindFaultProxy(t, rig.Wide)
	app.Log.Forgive()
	c, _, tokens := app.RegisterAPI(t)
	b, p := app.RegisterBrowser(t)
	proxy.Shut()
	c.Get("/health/live").Is(200)
	rig.Await(t, "503 of /health", func() bool { return c.Get("/health").Status == 503 })
	for why, call := range map[string]func() int{
		"a token":      func() int { return c.Get("/api/users/me").Status },
		"a refresh":    func() int { return c.TryRefresh(tokens.Refresh).Status },
		"a sign-in":    func() int { return app.API(t).TryLogin(p.Email, p.Password).Status },
		"a page":       func() int { return b.Fetch("GET", "/dashboard", nil).Status },
		"an odd token": func() int { return c.Bearer("x.y.z").Get("/api/users/me").Status },
	} {
		if status := call(); status != 503 && !(why == "an odd token" && status == 401) {
			t.Errorf("%s: %d, want 503", why, status)
		}
	}
	app.Browser(t).Fetch("GET", "/login", nil).Is(200) // a page for anonymous visitors needs no database
	proxy.Open()
	rig.Await(t, "200 of /health", func() bool { return c.Get("/health").Status == 200 })
	c.Get("/api/users/me").Is(200)
	if !b.SignedIn() {
		t.Error("the user was signed out by an error of the server")
	}
}
