package journeys

import (
	"net/http"
	"net/url"
	"stoa/test/rig"
	"strings"
	"testing"

	"github.com/google/uuid"
)

// stale_forms_test.go covers forms that are sent after the session has changed in another
// tab or browser. TestStale_EveryForm reads the pages, so a new form needs no line here.

// inAnotherTab returns a browser with the cookies of b.
func inAnotherTab(t *testing.T, b *rig.Browser) *rig.Browser {
	other := b.App.Browser(t)
	other.Jar, other.HTTP.Jar = b.Jar, b.Jar
	return other
}

// signInAgain signs the user out and in again in another tab, and returns that tab.
func signInAgain(t *testing.T, b *rig.Browser, p rig.User) *rig.Browser {
	t.Helper()
	other := inAnotherTab(t, b)
	other.Open("/dashboard")
	other.Submit(rig.LogoutForm)
	other.SignIn(p)
	return other
}

func TestStale_SignOutTwice(t *testing.T) {
	t.Parallel()
	b, _ := rig.Shared(t).RegisterBrowser(t)
	b.Open("/settings/profile")
	theme := b.Page.Form(rig.ThemeForm).Fill(rig.Values{"theme": "dark"})
	inAnotherTab(t, b).Fetch("POST", "/logout", b.Page.Form(rig.LogoutForm).Fields).Is(303)
	b.Fetch("POST", "/settings/theme", theme).Leads("/settings/profile")
	if got := b.Submit(rig.LogoutForm).At("/login").Text("#flash"); got != "You are signed out." {
		t.Errorf("the second sign-out says %q", got)
	}
}

// A tab from before signing out and in again signs out, too.
func TestStale_SignOutOfALaterSession(t *testing.T) {
	t.Parallel()
	b, p := rig.Shared(t).RegisterBrowser(t)
	b.Open("/settings/profile")
	other := signInAgain(t, b, p)
	if b.Submit(rig.LogoutForm).At("/login"); other.SignedIn() {
		t.Error("the session is live after the sign-out")
	}
}

// Two tabs with sign-in forms are both sent.
func TestStale_TwoTabs(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	_, p, _ := app.RegisterAPI(t)
	b := app.Browser(t)
	b.Open("/settings/sessions").At("/login")
	theme := b.Page.Form(rig.ThemeForm).Fill(rig.Values{"theme": "dark"})
	other := inAnotherTab(t, b)
	register := other.Open("/register").Form(rig.RegisterForm).Fields
	other.SignIn(p)
	b.Send(rig.LoginForm, rig.Values{"email": p.Email, "password": p.Password}).Leads("/settings/sessions")
	b.Fetch("POST", "/register", register).Leads("/dashboard")
	b.Fetch("POST", "/settings/theme", theme).Is(303)
	if b.Cookie("stoa_theme") == nil || !b.SignedIn() {
		t.Error("the theme of the tab from before the sign-in is not set, or the browser is signed out")
	}
}

// The form of every page is shown again with what was typed, after the same user has
// signed in again in another tab, or before the sign-in with another cookie.
func TestStale_EveryForm(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, p := app.RegisterBrowser(t)
	visitor := app.Browser(t)
	visitor.Open("/login")
	forms := 0
	for _, path := range rig.Pages(t, "own", "public") {
		forms += showsAgain(t, b, path, func() {
			other := inAnotherTab(t, b)
			other.Open("/dashboard")
			other.Submit(rig.LogoutForm)
			other.SignIn(p)
		})
		forms += showsAgain(t, visitor, path, func() {
			visitor.Jar.SetCookies(visitor.Resolve("/"), []*http.Cookie{{Name: "stoa_visitor", Value: uuid.NewString(), Path: "/"}})
		})
	}
	if forms < 6 {
		t.Errorf("%d forms with fields for text were found, want those of all pages", forms)
	}
}

// showsAgain types into each form of the page, changes the session and sends the form. It
// returns the number of forms that have fields for text.
func showsAgain(t *testing.T, b *rig.Browser, path string, change func()) (forms int) {
	t.Helper()
	const field = `input[type=text], input[type=email]:not([tabindex="-1"]), textarea`
	page := b.Open(path)
	if page.URL.Path != path {
		return 0
	}
	for i := range page.Find(`main form[method="post"]`).Length() {
		at := page.Find(`main form[method="post"]`).Eq(i)
		action := at.AttrOr("action", "")
		selector := `main form[action="` + action + `"]`
		name := at.Find(field).AttrOr("name", "")
		if name == "" {
			continue
		}
		forms++
		const typed = "<b>\"typed\"</b>\n& kept"
		fields := b.Open(path).Form(selector).Fill(rig.Values{name: typed})
		fields.Set("current_password", "never shown again")
		change()
		b.Page = b.Fetch("POST", action, fields).Is(403)
		again := b.Page.Form(selector)
		if got := again.Fields.Get(name); got != typed || strings.Contains(b.Page.Body, "never shown again") {
			t.Errorf("%s of %s: %s is %q when the form is shown again, want %q and no password", action, path, name, got, typed)
		}
		if got := b.Page.Text("#flash"); !strings.Contains(got, "Nothing was changed") {
			t.Errorf("%s of %s: the message is %q", action, path, got)
		}
		if got := b.Fetch("POST", action, again.Fields); got.Status == http.StatusForbidden {
			t.Errorf("%s of %s: the form that is shown again is refused, too", action, path)
		}
	}
	return forms
}

// A form that is sent without a session: the sign-in form carries the text, and the user
// gets it back.
func TestStale_SessionEnded(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	for how, end := range map[string]func(*rig.Browser, rig.User){
		"a sign-out in another tab": func(b *rig.Browser, _ rig.User) {
			inAnotherTab(t, b).Fetch("POST", "/logout", b.Page.Form(rig.LogoutForm).Fields).Is(303)
		},
		"a password change elsewhere": func(_ *rig.Browser, p rig.User) {
			c := app.API(t)
			c.Login(p)
			changePassword(c, p.Password, p.Password+" anew").Is(204)
		},
	} {
		b, p := app.RegisterBrowser(t)
		b.Open("/settings/profile")
		end(b, p)
		if strings.HasSuffix(how, "elsewhere") {
			p.Password += " anew"
		}
		page := b.Submit(rig.ProfileForm, rig.Values{"name": "Ada <King>", "bio": "line one\nline two"}).Is(401)
		if strings.Contains(page.Body, "line two") || page.Find(rig.LoginForm+`[hx-post]`).Length() > 0 {
			t.Errorf("%s: the sign-in page has the text in clear, or lets htmx send its form\n%s", how, page.Body)
		}
		b.Submit(rig.LoginForm, rig.Values{"email": p.Email, "password": "a wrong password"}).Is(422)
		page = b.Submit(rig.LoginForm, rig.Values{"email": p.Email, "password": p.Password}).Is(200)
		form := page.Form(rig.ProfileForm)
		if form.Fields.Get("name") != "Ada <King>" || form.Fields.Get("bio") != "line one\nline two" {
			t.Errorf("%s: after the sign-in the form has %v", how, form.Fields)
		}
		if rig.Ask[string](t, app, "select name from users where email_key = $1", p.Email) != p.Name {
			t.Errorf("%s: the form was carried out before the user sent it again", how)
		}
		b.Submit(rig.ProfileForm).At("/settings/profile")
		if got := b.Page.Value("name"); got != "Ada <King>" {
			t.Errorf("%s: the name is %q after the form was sent again", how, got)
		}
	}
}

// Another user gets the page without the text, and so does the user ten minutes later.
func TestStale_AnotherUserSignsIn(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, _ := app.RegisterBrowser(t)
	_, eve, _ := app.RegisterAPI(t)
	b.Open("/settings/profile")
	inAnotherTab(t, b).Fetch("POST", "/logout", b.Page.Form(rig.LogoutForm).Fields).Is(303)
	b.Submit(rig.ProfileForm, rig.Values{"bio": "my secret"}).Is(401)
	page := b.Submit(rig.LoginForm, rig.Values{"email": eve.Email, "password": eve.Password}).At("/settings/profile")
	if strings.Contains(page.Body, "my secret") || page.Value("name") != eve.Name {
		t.Errorf("another user gets the typed text:\n%s", page.Text("main"))
	}
	b.Fetch("POST", "/settings/profile", url.Values{"bio": {"my secret"}, "_csrf": {app.Browser(t).Open("/login").Value("_csrf")}}).Is(403)
}

// Passwords are never kept, and a form without text leads to the sign-in page as before.
func TestStale_KeepsNoPassword(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, _ := app.RegisterBrowser(t)
	form := b.Open("/settings/password").Form(rig.PasswordForm).Fill(rig.Values{"current_password": "typed", "password": "typed as well"})
	form.Del("username")
	inAnotherTab(t, b).Fetch("POST", "/logout", b.Page.Form(rig.LogoutForm).Fields).Is(303)
	b.Fetch("POST", "/settings/password", form).Leads("/login?next=%2Fsettings%2Fpassword")
}

// Text that is too long to be carried is refused with the way to keep it.
func TestStale_TooLong(t *testing.T) {
	t.Parallel()
	b, _ := rig.Shared(t).RegisterBrowser(t)
	b.Open("/settings/profile")
	inAnotherTab(t, b).Fetch("POST", "/logout", b.Page.Form(rig.LogoutForm).Fields).Is(303)
	if got := b.Submit(rig.ProfileForm, rig.Values{"bio": strings.Repeat("x", 16<<10)}).Is(413).Text("main"); !strings.Contains(got, "Sign in in another tab") {
		t.Errorf("the page says %q", got)
	}
}

// htmx is told to send the form without htmx, because the response is a whole page.
func TestStale_HTMXSendsAgain(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	partial := []rig.Edit{rig.With("HX-Request", "true"), rig.With("HX-Request-Type", "partial")}
	b, p := app.RegisterBrowser(t)
	form := b.Open("/settings/profile").Form(rig.ProfileForm).Fill(rig.Values{"name": "Typed"})
	b.Submit(rig.LogoutForm)
	for _, status := range []int{401, 403} {
		if status == 403 {
			b.SignIn(p)
		}
		if got := b.Fetch("POST", "/settings/profile", form, partial...).Is(status); got.Header.Get("HX-Send-Again") != "true" || got.Body != http.StatusText(status) {
			t.Errorf("htmx gets %v\n%s", got.Header, got.Body)
		}
	}
}

// A browser without cookies is told to allow them, and its form keeps what was typed.
func TestStale_NoCookies(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, p := app.Browser(t), rig.NewUser()
	b.HTTP.Jar = nil
	for _, path := range []string{"/login", "/register", "/forgot-password"} {
		b.Open(path)
		page := b.Submit(`form[action="`+path+`"]`, rig.Values{"email": p.Email}).Is(403)
		if got := page.Text("#flash"); !strings.Contains(got, "Allow cookies for this site") {
			t.Errorf("%s says %q", path, got)
		}
		if got := page.Value("email"); got != p.Email {
			t.Errorf("%s: the email address is %q", path, got)
		}
	}
}

// A form in a banner stands on the page that sent it.
func TestStale_Banner(t *testing.T) {
	t.Parallel()
	b, p := rig.Shared(t).RegisterBrowser(t)
	b.Open("/settings/email")
	signInAgain(t, b, p)
	if got := b.Submit(rig.ResendForm).Is(403).Text("h1"); got != "Email address" {
		t.Errorf("the form leads to %q, want the page that sent it", got)
	}
	b.Submit(rig.ResendForm).Is(200)
}
