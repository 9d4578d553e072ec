package rig

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// Browser is a browser without JavaScript. It keeps cookies, sends the headers of
// a browser, and reads forms from the page.
type Browser struct {
	client
	Jar   *cookiejar.Jar
	Agent string
	Page  *Page // the current page
}

// Browser returns a browser without cookies, with an IP address of its own.
func (a *App) Browser(t testing.TB) *Browser {
	b := &Browser{client: newClient(t, a), Jar: jar()}
	b.Agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
	b.HTTP.Jar = b.Jar
	return b
}

// Use connects the browser to another replica. Its cookies and URLs stay the
// same.
func (b *Browser) Use(a *App) { b.on(a) }

// Open requests path as from the address bar and follows redirects.
func (b *Browser) Open(path string) *Page {
	b.T.Helper()
	return b.Follow(b.Fetch(http.MethodGet, path, nil, With("Sec-Fetch-Site", "none")))
}

// Fetch sends one request as a navigation within the site and returns the
// response. It does not follow redirects, and the current page does not change.
func (b *Browser) Fetch(method, path string, form url.Values, edits ...Edit) *Page {
	b.T.Helper()
	target := b.Resolve(path)
	req, err := http.NewRequest(method, target.String(), nil)
	if err != nil {
		b.T.Fatal(err)
	}
	b.addHeaders(req, form)
	for _, edit := range edits {
		edit(req)
	}
	res, err := b.HTTP.Do(req)
	if err != nil {
		b.T.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.T.Fatalf("%s %s: %v", method, path, err)
	}
	p := &Page{t: b.T, Call: method + " " + path, URL: target, Status: res.StatusCode, Header: res.Header, Body: string(body)}
	p.checkHeaders(strings.HasPrefix(b.App.Base, "https:"), b.App.Env["ASSET_URL"])
	return p
}

// addHeaders adds the headers of a browser and the form to the request.
func (b *Browser) addHeaders(req *http.Request, form url.Values) {
	for name, value := range map[string]string{
		"User-Agent": b.Agent, "Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": "en",
		"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-User": "?1",
		"X-Forwarded-For": b.Addr,
	} {
		req.Header.Set(name, value)
	}
	if b.Page != nil {
		req.Header.Set("Referer", b.Page.URL.String())
	}
	if form == nil {
		return
	}
	body := form.Encode()
	req.Body, req.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", b.App.Base)
}

// Submit fills the form that matches selector, sends it and follows redirects.
func (b *Browser) Submit(selector string, values ...Values) *Page {
	b.T.Helper()
	return b.Follow(b.Send(selector, values...))
}

// Send fills and sends a form of the page and returns the response, without
// following redirects.
func (b *Browser) Send(selector string, values ...Values) *Page {
	b.T.Helper()
	form := b.Page.Form(selector)
	if form.Method == http.MethodGet {
		return b.Fetch(form.Method, form.Action+"?"+form.Fill(values...).Encode(), nil)
	}
	return b.Fetch(form.Method, form.Action, form.Fill(values...))
}

// Press presses the button that matches selector: it sends the button's form to
// the button's action and follows redirects.
func (b *Browser) Press(selector string) *Page {
	b.T.Helper()
	button := b.Page.Find(selector).First()
	if button.Length() == 0 {
		b.T.Fatalf("%s has no %s\n%s", b.Page.Call, selector, b.Page.Text("body"))
	}
	form := b.Page.form(button.Closest("form"))
	values := Values{}
	if name, ok := button.Attr("name"); ok {
		values[name] = button.AttrOr("value", "")
	}
	return b.Follow(b.Fetch(form.Method, button.AttrOr("formaction", form.Action), form.Fill(values)))
}

// Click follows the link that matches selector.
func (b *Browser) Click(selector string) *Page {
	b.T.Helper()
	to, ok := b.Page.Find(selector).First().Attr("href")
	if !ok {
		b.T.Fatalf("%s has no %s\n%s", b.Page.Call, selector, b.Page.Text("body"))
	}
	return b.Follow(b.Fetch(http.MethodGet, to, nil))
}

// Follow follows the redirects of p and returns the last page, which becomes the
// current page.
func (b *Browser) Follow(p *Page) *Page {
	b.T.Helper()
	var via []*Page
	for slices.Contains([]int{301, 302, 303, 307, 308}, p.Status) {
		if via = append(via, p); len(via) > 5 {
			b.T.Fatalf("%s: too many redirects", p.Call)
		}
		to := b.onSite(p)
		b.Page = p // the referrer
		p = b.Fetch(http.MethodGet, to.RequestURI(), nil)
	}
	p.Via = via
	b.Page = p
	return p
}

// onSite returns the target of a redirect. It fails the test for another site,
// because the program never redirects to one.
func (b *Browser) onSite(p *Page) *url.URL {
	b.T.Helper()
	to, err := p.URL.Parse(p.Header.Get("Location"))
	if err != nil || to.Host != p.URL.Host {
		b.T.Fatalf("%s redirects to %q", p.Call, p.Header.Get("Location"))
	}
	return to
}

// Register registers p with the form.
func (b *Browser) Register(p User) *Page {
	b.T.Helper()
	b.Open("/register").Is(200)
	return b.Submit(RegisterForm, Values{"name": p.Name, "email": p.Email, "password": p.Password}).At("/dashboard")
}

// SignIn signs p in with the form.
func (b *Browser) SignIn(p User) *Page {
	b.T.Helper()
	b.Open("/login").Is(200)
	return b.Submit(LoginForm, Values{"email": p.Email, "password": p.Password}).At("/dashboard")
}

// Cookies returns the cookies that the browser sends.
func (b *Browser) Cookies() []*http.Cookie { return b.Jar.Cookies(b.Resolve("/")) }

// SignedIn reports whether the home page opens.
func (b *Browser) SignedIn() bool {
	b.T.Helper()
	return b.Fetch(http.MethodGet, "/dashboard", nil).Status == http.StatusOK
}

// Cookie returns the cookie of that name, or nil.
func (b *Browser) Cookie(name string) *http.Cookie {
	for _, c := range b.Jar.Cookies(b.Resolve("/")) {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// RegisterBrowser returns a browser in which a new user has just registered.
func (a *App) RegisterBrowser(t testing.TB) (*Browser, User) {
	t.Helper()
	b, p := a.Browser(t), NewUser()
	b.Register(p)
	return b, p
}

// Selectors of the pages' forms, by their action.
const (
	RegisterForm = `form[action="/register"]`
	LoginForm    = `form[action^="/login"]`
	LogoutForm   = `form[action="/logout"]`
	ProfileForm  = `form[action="/settings/profile"]`
	PasswordForm = `form[action="/settings/password"]`
	DeleteForm   = `form[action="/settings/account/delete"]`
	OthersForm   = `form[action="/settings/sessions/revoke-others"]`
	ThemeForm    = `form[action="/settings/theme"]`
	ForgotForm   = `form[action="/forgot-password"]`
	ResetForm    = `form[action="/reset-password"]`
	UseForm      = `form#use-form`
	DisownForm   = `form#disown-form`
	ChangeResend = `form[action="/settings/email/resend"]`
	ChangeCancel = `form[action="/settings/email/cancel"]`
	ResendForm   = `form[action="/verify-email/resend"]`
	EmailForm    = `form[action="/settings/email"]`
	ExportForm   = `form[action="/settings/account/export"]`
)
