package journeys

import (
	"net/http"
	"net/url"
	"stoa/test/rig"
	"strings"
	"testing"
)

func TestEntry_LeadsBackToWhereItWasGoing(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	_, p, _ := app.RegisterAPI(t)
	b := app.Browser(t)
	b.Open("/settings/sessions?x=1").At("/login")
	if got := b.Page.Text("main"); !strings.Contains(got, "Sign in to continue to Sessions.") {
		t.Errorf("the sign-in page does not say why it is shown: %q", got)
	}
	b.Submit(rig.LoginForm, rig.Values{"email": p.Email, "password": p.Password}).At("/settings/sessions")
	if got := b.Page.URL.RawQuery; got != "x=1" {
		t.Errorf("the query of the page is %q, want x=1", got)
	}
}

func TestEntry_NextSurvivesARefusal(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	_, p, _ := app.RegisterAPI(t)
	b := app.Browser(t)
	b.Open("/settings/account").At("/login")
	b.Submit(rig.LoginForm, rig.Values{"email": p.Email, "password": nextPassword}).Is(422)
	b.Submit(rig.LoginForm, rig.Values{"email": p.Email, "password": p.Password}).At("/settings/account")
}

// htmx would follow a 303 without changing the URL, so it gets HX-Redirect.
func TestEntry_HTMXGetsHXRedirect(t *testing.T) {
	t.Parallel()
	b := rig.Shared(t).Browser(t)
	partial := []rig.Edit{rig.With("HX-Request", "true"), rig.With("HX-Request-Type", "partial")}
	got := b.Fetch(http.MethodGet, "/settings/profile", nil, partial...).Is(401)
	if to := got.Header.Get("HX-Redirect"); to != "/login?next=%2Fsettings%2Fprofile" {
		t.Errorf("HX-Redirect = %q", to)
	}
	b.Fetch(http.MethodGet, "/settings/profile", nil, rig.With("HX-Request", "true")).Is(401) // htmx before version 4 sends only this header
	b.Fetch(http.MethodGet, "/settings/profile", nil, rig.With("HX-Request", "true"), rig.With("HX-Request-Type", "full")).Is(303)
}

func TestEntry_HTMXGetsFragmentsAndRedirects(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, _ := app.RegisterBrowser(t)
	partial := []rig.Edit{rig.With("HX-Request", "true"), rig.With("HX-Request-Type", "partial")}
	form := b.Open("/settings/profile").Form(rig.ProfileForm)
	refused := b.Fetch("POST", form.Action, form.Fill(rig.Values{"name": ""}), partial...).Is(422)
	if strings.Contains(refused.Body, "<html") || refused.Find(rig.ProfileForm).Length() != 1 {
		t.Errorf("a refused fragment is\n%s", refused.Body)
	}
	saved := b.Fetch("POST", form.Action, form.Fill(rig.Values{"name": "Ada King"}), partial...).Is(200)
	if strings.Contains(saved.Body, "<html") || saved.Value("name") != "Ada King" {
		t.Errorf("a saved fragment is\n%s", saved.Body)
	}
	for _, p := range []*rig.Page{refused, saved, b.Page} {
		if vary := strings.Join(p.Header.Values("Vary"), ", "); !strings.Contains(vary, "HX-Request") || !strings.Contains(vary, "HX-Request-Type") {
			t.Errorf("%s: Vary = %q", p.Call, vary)
		}
	}
	gone := b.Fetch("POST", "/logout", form.Fields, partial...).Is(200)
	if to := gone.Header.Get("HX-Redirect"); to == "" {
		t.Error("signing out by htmx does not redirect")
	}
}

// unsafeTargets are values of next that lead a browser to another site, or would if they
// were used as paths.
var unsafeTargets = []string{
	"https://evil.example/", "http://evil.example/", "//evil.example", "///evil.example", "////evil.example", `/\evil.example`, `\\evil.example`,
	`\/evil.example`, "/\t/evil.example", "/\n/evil.example", "/\r/evil.example", "\t//evil.example", " //evil.example", "\x00//evil.example",
	"/.//evil.example", "/..//evil.example", "/a/..//evil.example", "javascript:alert(1)", "data:text/html,x", "evil.example", "@evil.example",
	"https:evil.example", "http:/evil.example", "//user@evil.example", "/\\/evil.example", "/%09/evil.example", "/%5cevil.example", "/%2fevil.example",
	"/\u2028/evil.example", "/dashboard\r\nSet-Cookie: x=y", "/\x0b/evil.example", "?next=//evil.example", "#//evil.example", "",
}

func TestEntry_NextNeverLeadsAway(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	_, p, _ := app.RegisterAPI(t)
	for _, next := range unsafeTargets {
		b := app.Browser(t)
		page := b.Open("/login?next=" + url.QueryEscape(next)).Is(200)
		form := page.Form(rig.LoginForm).Fill(rig.Values{"email": p.Email, "password": p.Password})
		form.Set("next", next) // the page may have removed it
		got := b.Fetch("POST", "/login", form)
		if got.Status != 303 || leavesSite(got.Header.Get("Location")) {
			t.Errorf("next=%q: %d to %q", next, got.Status, got.Header.Get("Location"))
		}
		if got.Header.Get("Set-Cookie") == "" || strings.Contains(strings.Join(got.Header.Values("Set-Cookie"), "\n"), "x=y") {
			t.Errorf("next=%q: cookies %q", next, got.Header.Values("Set-Cookie"))
		}
		again := b.Fetch("GET", "/login?next="+url.QueryEscape(next), nil)
		if again.Status != 303 || leavesSite(again.Header.Get("Location")) {
			t.Errorf("next=%q when signed in: %d to %q", next, again.Status, again.Header.Get("Location"))
		}
	}
}

func TestEntry_ThemeNeverLeadsAway(t *testing.T) {
	t.Parallel()
	b := rig.Shared(t).Browser(t)
	form := b.Open("/login").Form(rig.LoginForm).Fields
	form.Set("theme", "dark")
	for _, next := range unsafeTargets {
		form.Set("next", next)
		got := b.Fetch("POST", "/settings/theme", form, rig.With("Referer", "https://evil.example//evil.example"))
		if got.Status != 303 || leavesSite(got.Header.Get("Location")) {
			t.Errorf("next=%q: %d to %q", next, got.Status, got.Header.Get("Location"))
		}
	}
}

// leavesSite parses a URL as browsers do: they drop tabs and line breaks, and treat
// a backslash as a slash.
func leavesSite(location string) bool {
	location = strings.NewReplacer("\t", "", "\n", "", "\r", "", `\`, "/").Replace(strings.TrimSpace(location))
	base, _ := url.Parse("http://here.example/login")
	to, err := base.Parse(location)
	return err != nil || to.Host != base.Host || to.Scheme != base.Scheme || strings.HasPrefix(to.EscapedPath(), "//") || location == ""
}

// A double click without script sends the form twice. Both responses sign the user in.
func TestRegister_DoubleClick(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, p := app.Browser(t), rig.NewUser()
	form := b.Open("/register").Form(rig.RegisterForm).Fill(rig.Values{"name": p.Name, "email": p.Email, "password": p.Password})
	cookie := rig.With("Cookie", "stoa_visitor="+b.Cookie("stoa_visitor").Value)
	app.Browser(t).Fetch("POST", "/register", form, cookie).Leads("/dashboard")
	other := b.App.Browser(t)
	other.Fetch("POST", "/register", form, cookie).Leads("/dashboard")
	if !other.SignedIn() {
		t.Error("the second response signs nobody in")
	}
	if n := rig.Ask[int](t, app, "select count(*) from users where email_key = $1", p.Email); n != 1 {
		t.Errorf("%d accounts, want 1", n)
	}
	// Another password is refused, and so is the same one later.
	form.Set("password", p.Password+" not")
	app.Browser(t).Fetch("POST", "/register", form, cookie).Refused("email")
	form.Set("password", p.Password)
	app.Exec(t, "update users set created_at = now() - interval '61 seconds' where email_key = $1", p.Email)
	app.Browser(t).Fetch("POST", "/register", form, cookie).Refused("email")
}

// A folder of pages leads to the first of them, and password managers find the form.
func TestRedirects_FromTheURLBar(t *testing.T) {
	t.Parallel()
	b := rig.Shared(t).Browser(t)
	for path, to := range map[string]string{
		"/settings": "/settings/profile", "/settings/": "/settings/profile", "/docs": "/docs/api", "/login/": "/login",
		"/settings/account/export": "/settings/account", "/settings/avatar": "/settings/profile", "/settings/avatar/delete/": "/settings/profile",
		"/logout": "/",
	} {
		b.Fetch("GET", path, nil).Leads(to)
	}
	got := b.Fetch("GET", "/.well-known/change-password", nil).Is(302)
	if to := got.Header.Get("Location"); to != "/settings/password" {
		t.Errorf("change-password leads to %q", to)
	}
	if b.Fetch("GET", "/nothing/", nil).Is(404).Find("#viewer").Length() != 0 {
		t.Error("a 404 without a session has the shell of a user")
	}
	signedIn, _ := b.App.RegisterBrowser(t)
	if page := signedIn.Open("/nothing").Is(404); page.Find("#viewer").Length() != 1 || page.Find(rig.LogoutForm).Length() != 1 {
		t.Error("a 404 with a session has no shell of its user")
	}
	b.Fetch("POST", "/nothing/", url.Values{}).Is(404)
}
