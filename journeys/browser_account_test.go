package journeys

import (
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

func TestBrowser_WholeJourneyWithoutJavaScript(t *testing.T) {
	t.Parallel()
	app := Shared(t)
	b, p := app.Browser(t), NewPerson()
	b.Open("/").At("/")
	b.Click(`a[href="/register"]`).At("/register")
	welcome := b.Submit(registerForm, Values{"name": p.Name, "email": p.Email, "password": p.Password}).At("/dashboard")
	if got := welcome.Via[0].Status; got != http.StatusSeeOther {
		t.Errorf("registration answers %d, want 303", got)
	}
	if text := welcome.Text("body"); !strings.Contains(text, p.Name) || !strings.Contains(text, p.Email) {
		t.Errorf("the dashboard does not name its person:\n%s", text)
	}

	b.Click(`a[href="/settings/profile"]`).At("/settings/profile")
	saved := b.Submit(profileForm, Values{"name": "Ada King", "bio": "Wrote the **first** program."}).At("/settings/profile")
	if saved.Value("name") != "Ada King" || saved.Value("bio") != "Wrote the **first** program." {
		t.Errorf("the profile shows %q, %q", saved.Value("name"), saved.Value("bio"))
	}
	if text := b.Open("/dashboard").Text("strong"); !strings.Contains(text, "first") {
		t.Error("the dashboard does not show the bio")
	}

	b.Open("/settings/password")
	b.Submit(passwordForm, Values{"current_password": p.Password, "password": nextPassword}).At("/settings/password")
	p.Password = nextPassword

	b.Open("/settings/sessions").At("/settings/sessions")
	if text := b.Page.Text("main"); !strings.Contains(text, "Firefox") || !strings.Contains(text, b.Addr) {
		t.Errorf("the sessions do not name this browser:\n%s", text)
	}

	b.Submit(logoutForm).Is(200)
	if b.SignedIn() {
		t.Fatal("still signed in after signing out")
	}
	b.SignIn(p)
	b.Open("/settings/account")
	b.Submit(deleteForm, Values{"current_password": p.Password}).At("/")
	b.Open("/login")
	b.Send(loginForm, Values{"email": p.Email, "password": p.Password}).Is(422)
}

func TestBrowser_LandingLeadsWhoIsSignedInToTheDashboard(t *testing.T) {
	t.Parallel()
	app := Shared(t)
	b, _ := app.NewcomerInBrowser(t)
	for _, path := range []string{"/", "/login", "/register"} {
		b.Fetch(http.MethodGet, path, nil).Leads("/dashboard")
	}
	app.Browser(t).Open("/").At("/")
}

func TestBrowser_RegistrationRefuses(t *testing.T) {
	t.Parallel()
	app := Shared(t)
	_, taken, _ := app.Newcomer(t)
	for _, tt := range []struct {
		why    string
		values Values
		fields []string
	}{
		{"nothing at all", Values{"name": "", "email": "", "password": ""}, []string{"name", "email", "password"}},
		{"blank name", Values{"name": "  "}, []string{"name"}},
		{"long name", Values{"name": strings.Repeat("n", 101)}, []string{"name"}},
		{"NUL in the name", Values{"name": "a\x00b"}, []string{"name"}},
		{"invalid UTF-8 in the name", Values{"name": "a\xffb"}, []string{"name"}},
		{"no address", Values{"email": "nobody"}, []string{"email"}},
		{"line break in the address", Values{"email": "ada@example.com\r\nBcc: eve@example.com"}, []string{"email"}},
		{"taken address", Values{"email": strings.ToUpper(taken.Email)}, []string{"email"}},
		{"short password", Values{"password": "short"}, []string{"password"}},
		{"common password", Values{"password": "password1234"}, []string{"password"}},
		{"the product's name", Values{"password": "stoa00000000"}, []string{"password"}},
		{"long password", Values{"password": strings.Repeat("p", 129)}, []string{"password"}},
		{"NUL in the password", Values{"password": "seven\x00brass anchors"}, []string{"password"}},
	} {
		b, p := app.Browser(t), NewPerson()
		b.Open("/register")
		page := b.Send(registerForm, Values{"name": p.Name, "email": p.Email, "password": p.Password}, tt.values)
		page.Refused(tt.fields...)
		for _, name := range []string{"name", "email"} {
			typed, changed := tt.values[name]
			if !changed {
				typed = map[string]string{"name": p.Name, "email": p.Email}[name]
			}
			if got := page.Value(name); got != typed && !strings.ContainsAny(typed, "\x00\xff\r\n") {
				t.Errorf("%s: %s was %q, the page keeps %q", tt.why, name, typed, got)
			}
		}
		if page.Cookie("stoa_session") != nil {
			t.Errorf("%s: a refused registration sets a session cookie", tt.why)
		}
	}
}

// The summary names each error and leads to its field.
func TestBrowser_ErrorSummaryLeadsToTheFields(t *testing.T) {
	t.Parallel()
	b := Shared(t).Browser(t)
	b.Open("/register")
	page := b.Send(registerForm, Values{"name": "", "email": "nobody", "password": "short"}).Refused("name", "email", "password")
	for _, field := range []string{"name", "email", "password"} {
		if page.Find(`[data-errors] a[href="#`+field+`"]`).Length() != 1 || page.Find(`#`+field).Length() != 1 {
			t.Errorf("the summary does not lead to %s", field)
		}
		if id, ok := page.Find(`#` + field).Attr("aria-describedby"); !ok || page.Text("#"+strings.Fields(id)[0]) == "" {
			t.Errorf("%s is not described by its error", field)
		}
	}
}

func TestBrowser_SignInRefusesAlike(t *testing.T) {
	t.Parallel()
	app := Shared(t)
	_, p, _ := app.Newcomer(t)
	_, disabled, _ := app.Newcomer(t)
	app.Exec(t, "update users set disabled_at = now() where email_key = $1", disabled.Email)
	try := func(email, password string) *Page {
		b := app.Browser(t)
		b.Open("/login")
		page := b.Send(loginForm, Values{"email": email, "password": password, "remember": "on"})
		if got := page.Value("email"); got != email {
			t.Errorf("the address was %q, the page keeps %q", email, got)
		}
		if _, checked := page.Find(`[name="remember"]`).Attr("checked"); !checked {
			t.Error("the box was ticked, the page forgets it")
		}
		return page
	}
	want := plainPage(try(p.Email, nextPassword).Refused(), p.Email)
	for why, page := range map[string]*Page{
		"unknown": try("nobody-"+p.Email, p.Password), "disabled": try(disabled.Email, disabled.Password),
	} {
		if got := plainPage(page.Refused(), "nobody-"+p.Email, disabled.Email); got != want {
			t.Errorf("%s gets another page:\n%s\nwant\n%s", why, got, want)
		}
	}
	if page := try("", ""); page.Status != 422 {
		t.Errorf("nothing typed: %d, want 422", page.Status)
	}
}

// plainPage returns the page without what differs from answer to answer.
func plainPage(p *Page, addresses ...string) string {
	body := strings.ReplaceAll(p.Body, p.Header.Get("X-Request-ID"), "")
	p.Find(`[name="_csrf"]`).Each(func(_ int, s *goquery.Selection) { body = strings.ReplaceAll(body, s.AttrOr("value", "-"), "") })
	for _, address := range addresses {
		body = strings.ReplaceAll(body, address, "")
	}
	return body
}

func TestBrowser_ProfileRefuses(t *testing.T) {
	t.Parallel()
	app := Shared(t)
	b, p := app.NewcomerInBrowser(t)
	for _, tt := range []struct {
		field  string
		values Values
	}{
		{"name", Values{"name": "", "bio": "kept"}},
		{"name", Values{"name": strings.Repeat("n", 101), "bio": "kept"}},
		{"bio", Values{"name": "Kept", "bio": strings.Repeat("b", 2001)}},
		{"bio", Values{"name": "Kept", "bio": "a\x00b"}},
	} {
		b.Open("/settings/profile")
		page := b.Send(profileForm, tt.values).Refused(tt.field)
		for name, typed := range tt.values {
			if got := page.Value(name); got != typed && !strings.Contains(typed, "\x00") {
				t.Errorf("%s was %.20q, the page keeps %.20q", name, typed, got)
			}
		}
	}
	if got := b.Open("/settings/profile").Value("name"); got != p.Name {
		t.Errorf("refused changes changed the name to %q", got)
	}
}

// A browser sends CRLF for each line break of a textarea; they count as one.
func TestBrowser_BioCountsLinesAsTyped(t *testing.T) {
	t.Parallel()
	b, _ := Shared(t).NewcomerInBrowser(t)
	b.Open("/settings/profile")
	b.Submit(profileForm, Values{"bio": strings.Repeat("a\r\n", 1000)}).At("/settings/profile")
}

func TestBrowser_NameAndBioCannotBecomeMarkup(t *testing.T) {
	t.Parallel()
	app := Shared(t)
	b, _ := app.NewcomerInBrowser(t)
	b.Open("/settings/profile")
	b.Submit(profileForm, Values{
		"name": `<img src=x onerror=alert(1)> "Ada" & 'co'`,
		"bio": "# Heading\n\n<script>alert(1)</script><b onclick=alert(1)>raw</b>\n\n[a](javascript:alert(1)) [b](data:text/html,x) [c](https://example.com/) " +
			"[d](/logout) ![p](https://example.com/p.png)\n\n<iframe src=https://example.com></iframe><style>body{}</style><form action=/logout><input name=x></form>",
	}).At("/settings/profile")
	for _, path := range []string{"/dashboard", "/settings/profile"} {
		page := b.Open(path).Is(200)
		if n := page.Find(`[onclick], [onerror], iframe, style, [style], main img, main script, a[href^="javascript:"], a[href^="data:"], .prose form, .prose input`).Length(); n != 0 {
			t.Errorf("%s: %d pieces of hostile markup", path, n)
		}
		if n := page.Find("h1").Length(); n != 1 {
			t.Errorf("%s: %d h1, want 1", path, n)
		}
		link := page.Find(`.prose a[href="https://example.com/"]`)
		if rel := link.AttrOr("rel", ""); link.Length() != 1 || !strings.Contains(rel, "nofollow") || !strings.Contains(rel, "noopener") {
			t.Errorf("%s: the harmless link has rel=%q", path, rel)
		}
	}
	if text := b.Open("/dashboard").Text("main"); !strings.Contains(text, `<img src=x onerror=alert(1)> "Ada" & 'co'`) {
		t.Errorf("the name is not shown as it was typed:\n%s", text)
	}
}

func TestBrowser_PasswordChangeEndsTheOthers(t *testing.T) {
	t.Parallel()
	app := Shared(t)
	b, p := app.NewcomerInBrowser(t)
	other, program := app.Browser(t), app.API(t)
	other.SignIn(p)
	tokens := program.Login(p)
	old := b.Cookie("stoa_session").Value

	b.Open("/settings/password")
	b.Send(passwordForm, Values{"current_password": nextPassword, "password": nextPassword}).Refused("current_password")
	b.Send(passwordForm, Values{"current_password": p.Password, "password": "short"}).Refused("password")
	b.Send(passwordForm, Values{"current_password": p.Password, "password": p.Email}).Refused("password")
	if !other.SignedIn() {
		t.Fatal("a refused change ends other sessions")
	}
	b.Submit(passwordForm, Values{"current_password": p.Password, "password": nextPassword}).At("/settings/password")

	if b.Cookie("stoa_session").Value == old {
		t.Error("the session keeps its identifier through a password change")
	}
	if !b.SignedIn() {
		t.Error("the changing browser is signed out")
	}
	if got := app.Browser(t).Fetch(http.MethodGet, "/dashboard", nil, With("Cookie", "stoa_session="+old)); got.Status != 303 {
		t.Errorf("the old identifier opens: %d", got.Status)
	}
	if other.SignedIn() {
		t.Error("another browser is still signed in")
	}
	program.Get("/api/users/me").Refused(401, "invalid_token")
	program.TryRefresh(tokens.Refresh).Refused(401, "refresh_token_invalid")
	if got := len(b.Open("/settings/sessions").Find("[id^='session-']").Nodes); got != 1 {
		t.Errorf("%d sessions after the change, want this one", got)
	}
}

func TestBrowser_SessionsPage(t *testing.T) {
	t.Parallel()
	app := Shared(t)
	b, p := app.NewcomerInBrowser(t)
	phone, program := app.Browser(t), app.API(t)
	phone.Agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
	phone.SignIn(p)
	program.Login(p)

	b.Open("/settings/sessions")
	rows := b.Page.Find("[id^='session-']")
	if rows.Length() != 3 || !strings.Contains(rows.First().Text(), "This device") {
		t.Fatalf("%d rows, the first %q; want 3, this device first", rows.Length(), rows.First().Text())
	}
	for _, want := range []string{"Firefox", "Safari", b.Addr, phone.Addr, program.Addr} {
		if !strings.Contains(rows.Text(), want) {
			t.Errorf("the list does not show %s:\n%s", want, rows.Text())
		}
	}
	b.Press(`tr:contains("Safari") button`).At("/settings/sessions")
	if phone.SignedIn() {
		t.Error("the revoked browser is still signed in")
	}
	program.Get("/api/users/me").Is(200)
	b.Submit(othersForm).At("/settings/sessions")
	program.Get("/api/users/me").Refused(401, "invalid_token")
	if got := b.Page.Find("[id^='session-']").Length(); got != 1 {
		t.Errorf("%d sessions left, want this one", got)
	}
	if !b.SignedIn() {
		t.Error("ending the others ended this one")
	}
}

func TestBrowser_OthersSessionsAre404(t *testing.T) {
	t.Parallel()
	app := Shared(t)
	eve, _ := app.NewcomerInBrowser(t)
	victim, _ := app.NewcomerInBrowser(t)
	id := strings.TrimPrefix(victim.Open("/settings/sessions").Find("[id^='session-']").First().AttrOr("id", ""), "session-")
	eve.Open("/settings/sessions")
	token := eve.Page.Form(othersForm).Fields
	for _, id := range []string{id, "019ab0c2-6c1e-7d3a-9a55-0d4f5e8b7c21", "1", "'", strings.Repeat("9", 400)} {
		if got := eve.Fetch("POST", "/settings/sessions/"+id+"/revoke", token).Status; got != 404 {
			t.Errorf("revoking %.40s = %d, want 404", id, got)
		}
	}
	if !victim.SignedIn() {
		t.Error("somebody else ended a session")
	}
}

func TestBrowser_DeleteWantsThePassword(t *testing.T) {
	t.Parallel()
	app := Shared(t)
	b, p := app.NewcomerInBrowser(t)
	program := app.API(t)
	program.Login(p)
	b.Open("/settings/account")
	b.Send(deleteForm, Values{"current_password": nextPassword}).Refused("current_password")
	b.Send(deleteForm).Refused("current_password")
	if !b.SignedIn() {
		t.Fatal("a refused deletion signs out")
	}
	gone := b.Send(deleteForm, Values{"current_password": p.Password})
	gone.Leads("/")
	if got := gone.Header.Get("Clear-Site-Data"); got != `"cache", "storage"` {
		t.Errorf("Clear-Site-Data = %q", got)
	}
	if b.SignedIn() {
		t.Error("still signed in")
	}
	program.Get("/api/users/me").Refused(401, "invalid_token")
	if n := Ask[int](t, app, "select count(*) from users where email_key = $1", p.Email); n != 0 {
		t.Error("the account is still there")
	}
}
