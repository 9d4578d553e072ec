package journeys

import (
	"stoa/test/rig"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

func TestBrowser_RegistrationRefuses(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	_, taken, _ := app.RegisterAPI(t)
	for _, tt := range []struct {
		why    string
		values rig.Values
		fields []string
	}{
		{"nothing at all", rig.Values{"name": "", "email": "", "password": ""}, []string{"name", "email", "password"}},
		{"blank name", rig.Values{"name": "  "}, []string{"name"}},
		{"long name", rig.Values{"name": strings.Repeat("n", 101)}, []string{"name"}},
		{"NUL in the name", rig.Values{"name": "a\x00b"}, []string{"name"}},
		{"invalid UTF-8 in the name", rig.Values{"name": "a\xffb"}, []string{"name"}},
		{"no address", rig.Values{"email": "nobody"}, []string{"email"}},
		{"line break in the address", rig.Values{"email": "ada@example.com\r\nBcc: eve@example.com"}, []string{"email"}},
		{"taken address", rig.Values{"email": strings.ToUpper(taken.Email)}, []string{"email"}},
		{"short password", rig.Values{"password": "short"}, []string{"password"}},
		{"common password", rig.Values{"password": "password1234"}, []string{"password"}},
		{"the product's name", rig.Values{"password": "stoa00000000"}, []string{"password"}},
		{"long password", rig.Values{"password": strings.Repeat("p", 129)}, []string{"password"}},
		{"NUL in the password", rig.Values{"password": "seven\x00brass anchors"}, []string{"password"}},
	} {
		b, p := app.Browser(t), rig.NewUser()
		b.Open("/register")
		page := b.Send(rig.RegisterForm, rig.Values{"name": p.Name, "email": p.Email, "password": p.Password}, tt.values)
		page.Refused(tt.fields...)
		for _, name := range []string{"name", "email"} {
			typed, changed := tt.values[name]
			if !changed {
				typed = map[string]string{"name": p.Name, "email": p.Email}[name]
			}
			if got := page.Value(name); got != typed && !strings.ContainsAny(typed, "\x00\xff\r\n") {
				t.Errorf("%s: %s was %q, the page shows %q", tt.why, name, typed, got)
			}
		}
		if page.Cookie("stoa_session") != nil {
			t.Errorf("%s: a refused registration sets a session cookie", tt.why)
		}
	}
}

// The summary has each error with a link to its field.
func TestBrowser_ErrorSummaryLeadsToTheFields(t *testing.T) {
	t.Parallel()
	b := rig.Shared(t).Browser(t)
	b.Open("/register")
	page := b.Send(rig.RegisterForm, rig.Values{"name": "", "email": "nobody", "password": "short"}).Refused("name", "email", "password")
	for _, field := range []string{"name", "email", "password"} {
		if page.Find(`[data-errors] a[href="#`+field+`"]`).Length() != 1 || page.Find(`#`+field).Length() != 1 {
			t.Errorf("the summary does not link to %s", field)
		}
		if id, ok := page.Find(`#` + field).Attr("aria-describedby"); !ok || page.Text("#"+strings.Fields(id)[0]) == "" {
			t.Errorf("%s is not described by its error", field)
		}
	}
}

func TestBrowser_SignInRefusesAlike(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	_, p, _ := app.RegisterAPI(t)
	_, disabled, _ := app.RegisterAPI(t)
	app.Exec(t, "update users set disabled_at = now() where email_key = $1", disabled.Email)
	try := func(email, password string) *rig.Page {
		b := app.Browser(t)
		b.Open("/login")
		page := b.Send(rig.LoginForm, rig.Values{"email": email, "password": password, "remember": "on"})
		if got := page.Value("email"); got != email {
			t.Errorf("the email address was %q, the page shows %q", email, got)
		}
		if _, checked := page.Find(`[name="remember"]`).Attr("checked"); !checked {
			t.Error("the checkbox was checked, and the page shows it unchecked")
		}
		return page
	}
	want := plainPage(try(p.Email, nextPassword).Refused(), p.Email)
	for why, page := range map[string]*rig.Page{
		"unknown": try("nobody-"+p.Email, p.Password), "disabled": try(disabled.Email, disabled.Password),
	} {
		if got := plainPage(page.Refused(), "nobody-"+p.Email, disabled.Email); got != want {
			t.Errorf("%s: the page differs:\n%s\nwant\n%s", why, got, want)
		}
	}
	if page := try("", ""); page.Status != 422 {
		t.Errorf("an empty form: %d, want 422", page.Status)
	}
}

// plainPage returns the page without the parts that differ in each response.
func plainPage(p *rig.Page, addresses ...string) string {
	body := strings.ReplaceAll(p.Body, p.Header.Get("X-Request-ID"), "")
	p.Find(`[name="_csrf"]`).Each(func(_ int, s *goquery.Selection) { body = strings.ReplaceAll(body, s.AttrOr("value", "-"), "") })
	for _, address := range addresses {
		body = strings.ReplaceAll(body, address, "")
	}
	return body
}

func TestBrowser_ProfileRefuses(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, p := app.RegisterBrowser(t)
	for _, tt := range []struct {
		field  string
		values rig.Values
	}{
		{"name", rig.Values{"name": "", "bio": "kept"}},
		{"name", rig.Values{"name": strings.Repeat("n", 101), "bio": "kept"}},
		{"bio", rig.Values{"name": "Kept", "bio": strings.Repeat("b", 2001)}},
		{"bio", rig.Values{"name": "Kept", "bio": "a\x00b"}},
	} {
		b.Open("/settings/profile")
		page := b.Send(rig.ProfileForm, tt.values).Refused(tt.field)
		for name, typed := range tt.values {
			if got := page.Value(name); got != typed && !strings.Contains(typed, "\x00") {
				t.Errorf("%s was %.20q, the page shows %.20q", name, typed, got)
			}
		}
	}
	if got := b.Open("/settings/profile").Value("name"); got != p.Name {
		t.Errorf("refused changes changed the name to %q", got)
	}
}
