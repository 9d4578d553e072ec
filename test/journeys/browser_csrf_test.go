package journeys

import (
	"net/http"
	"net/url"
	"stoa/test/rig"
	"testing"

	"github.com/google/uuid"
)

func TestCSRF_TokenAsAHeader(t *testing.T) {
	t.Parallel()
	b, _ := rig.Shared(t).RegisterBrowser(t)
	token := b.Open("/settings/profile").Value("_csrf")
	b.Fetch("POST", "/settings/theme", url.Values{"theme": {"dark"}}, rig.With("X-CSRF-Token", token)).Is(303)
}

func TestCSRF_VisitorsFormsAreGuardedToo(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	_, p, _ := app.RegisterAPI(t)
	b, other := app.Browser(t), app.Browser(t)
	b.Open("/login")
	other.Open("/login")
	form := b.Page.Form(rig.LoginForm).Fill(rig.Values{"email": p.Email, "password": p.Password})
	for _, token := range []string{"", "nonsense", other.Page.Form(rig.LoginForm).Fields.Get("_csrf"), flip(form.Get("_csrf"))} {
		forged := url.Values{"_csrf": {token}, "email": {p.Email}, "password": {p.Password}}
		if got := b.Fetch("POST", "/login", forged); got.Status != 403 || got.Cookie("stoa_session") != nil {
			t.Errorf("signing in with the token %q: %d", token, got.Status)
		}
		forged.Set("name", "Eve")
		b.Fetch("POST", "/register", forged).Is(403)
	}
	// A token without its cookie.
	app.Browser(t).Fetch("POST", "/login", form).Is(403)
	b.Fetch("POST", "/login", form).Is(303)
}

// The browser's origin headers are checked even with a valid token.
func TestCSRF_OtherOriginsAreRefusedWithAGoodToken(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, p := app.RegisterBrowser(t)
	form := b.Open("/settings/profile").Form(rig.ProfileForm).Fill(rig.Values{"name": "Eve"})
	for _, edits := range [][]rig.Edit{
		{rig.With("Sec-Fetch-Site", "cross-site")},
		{rig.With("Sec-Fetch-Site", "same-site")},
		{rig.With("Sec-Fetch-Site", "cross-site"), rig.With("Origin", "")},
		{rig.With("Sec-Fetch-Site", "nonsense")},
		{rig.With("Sec-Fetch-Site", ""), rig.With("Origin", "https://evil.example")},
		{rig.With("Sec-Fetch-Site", ""), rig.With("Origin", "null")},
		{rig.With("Sec-Fetch-Site", ""), rig.With("Origin", app.Base+".evil.example")},
		{rig.With("Sec-Fetch-Site", ""), rig.With("Origin", "http://localhost.evil.example")},
	} {
		if got := b.Fetch("POST", "/settings/profile", form, edits...); got.Status != 403 {
			r, _ := http.NewRequest("POST", "/", nil)
			for _, edit := range edits {
				edit(r)
			}
			t.Errorf("%v: %d, want 403", r.Header, got.Status)
		}
	}
	if b.Open("/settings/profile").Value("name") != p.Name {
		t.Fatal("a refused form changed something")
	}
	for _, edits := range [][]rig.Edit{
		{rig.With("Sec-Fetch-Site", ""), rig.With("Origin", "")}, // not a browser, or an old one: the token decides
		{rig.With("Sec-Fetch-Site", ""), rig.With("Origin", app.Base)},
		{rig.With("Sec-Fetch-Site", "none"), rig.With("Origin", "")},
		{},
	} {
		b.Fetch("POST", "/settings/profile", form, edits...).Is(303)
	}
}

func TestCSRF_TokensAreMaskedAnew(t *testing.T) {
	t.Parallel()
	b, _ := rig.Shared(t).RegisterBrowser(t)
	first := b.Open("/settings/profile").Form(rig.ProfileForm).Fields
	second := b.Open("/settings/profile").Form(rig.ProfileForm).Fields
	if first.Get("_csrf") == second.Get("_csrf") {
		t.Error("two responses have the same token")
	}
	for _, form := range []url.Values{first, second} {
		b.Fetch("POST", "/settings/profile", form).Is(303)
	}
}

func TestCSRF_GetChangesNothing(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, p := app.RegisterBrowser(t)
	own := b.Open("/settings/profile").Form(rig.ProfileForm).Fields.Get("_csrf")
	for _, r := range rig.Routes(t) {
		if !r.In(rig.PageGroups...) || r.Method == "GET" {
			continue
		}
		for _, method := range []string{"GET", "HEAD", "OPTIONS"} {
			b.Fetch(method, r.With(uuid.NewString())+"?theme=dark&name=Eve&_csrf="+own, nil)
		}
	}
	if !b.SignedIn() || b.Open("/settings/profile").Value("name") != p.Name {
		t.Error("a GET request changed something")
	}
}

// flip changes the last but one character.
func flip(token string) string {
	if len(token) < 2 {
		return "x"
	}
	character := "A"
	if token[len(token)-2] == 'A' {
		character = "B"
	}
	return token[:len(token)-2] + character + token[len(token)-1:]
}
