package journeys

import (
	"net/http"
	"net/url"
	"slices"
	"stoa/test/rig"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/uuid"
)

// TestRoutes has the rules for every route. They read the route table, so a new
// route needs no line here.
func TestRoutes(t *testing.T) {
	t.Parallel()
	r := newRoutes(t)
	for name, rule := range map[string]func(*routes){
		"a group fits the path":                   (*routes).groupsFitPaths,
		"pages of users need a sign-in":           (*routes).needSignIn,
		"pages are in no shared cache":            (*routes).areCachedPrivately,
		"pages have their shape":                  (*routes).haveTheirShape,
		"visitors get what is public":             (*routes).servePublicly,
		"forms need the token of their session":   (*routes).needCSRFToken,
		"harmless forms need a token of the site": (*routes).needOwnToken,
		"forms lead to their page":                (*routes).leadToPages,
		"a slash at the end is left out":          (*routes).dropSlash,
		"API calls of users need an access token": (*routes).needAccessToken,
		"openapi.json describes each call":        (*routes).areDescribed,
		"HEAD is GET without a body":              (*routes).answerHEAD,
		"other methods get 405":                   (*routes).refuseOtherMethods,
		"a parameter that names nothing gets 404": (*routes).refuseUnknownParameters,
		"items of other users are 404":            (*routes).hideItemsOfOthers,
		"lists have the items of their user":      (*routes).listOwnItems,
		"an export has the items of its user":     (*routes).exportOwnItems,
		"a cursor of another list gets 422":       (*routes).refuseOtherCursors,
		"lists have pages":                        (*routes).listInPages,
		"calls keep what is sent":                 (*routes).keepWhatIsSent,
		"changes at the same time all count":      (*routes).changeTogether,
		"searches find parts of texts":            (*routes).search,
		"forms keep what is typed":                (*routes).keepWhatIsTyped,
	} {
		t.Run(name, func(t *testing.T) { rule(r.in(t)) })
	}
}

// routes are the routes of a program with clients for them.
type routes struct {
	testing.TB
	all           []rig.Route
	app           *rig.App
	visitor, user *rig.Browser
	email         string // of user
	client        *rig.API
}

func newRoutes(t *testing.T) *routes {
	r := &routes{all: rig.Routes(t), app: rig.Shared(t)}
	var p rig.User
	r.client, p, _ = r.app.RegisterAPI(t)
	r.user, r.visitor, r.email = r.app.Browser(t), r.app.Browser(t), p.Email
	r.user.SignIn(p)
	r.visitor.Open("/login")
	return r
}

// in returns r with its clients reporting to t.
func (r *routes) in(t testing.TB) *routes {
	r.TB, r.visitor.T, r.user.T, r.client.T = t, t, t, t
	return r
}

// token returns a CSRF token for the forms of b.
func (*routes) token(b *rig.Browser) string { return b.Open("/docs/api").Value("_csrf") }

// groupsFitPaths refuses routes whose group lacks a check that their kind needs:
// forms need CSRF, and only paths under /api have CORS and access tokens.
func (r *routes) groupsFitPaths() {
	for _, route := range r.all {
		call, api := route.In("calls", "own-calls"), strings.HasPrefix(route.Path, "/api/")
		if call != api {
			r.Errorf("%s is declared under %s: a path under /api belongs to Calls or OwnCalls, and no other path does", route, route.Group)
		}
		if route.Group == "sessionless" && route.Method != http.MethodGet {
			r.Errorf("%s is declared under Sessionless, which checks no CSRF token: declare it under Own or Public", route)
		}
	}
}

func (r *routes) needSignIn() {
	for _, route := range r.all {
		if !route.In("own") {
			continue
		}
		path := route.With(uuid.NewString())
		got := r.visitor.Fetch(route.Method, path, nil)
		to := got.Header.Get("Location")
		if got.Status != http.StatusSeeOther || !strings.HasPrefix(to, "/login") || route.Method == http.MethodGet && to != "/login?next="+url.QueryEscape(path) {
			r.Errorf("%s for a visitor = %d to %q, want 303 to /login with the path as next", route, got.Status, to)
		}
		if !route.Page() {
			continue
		}
		if status := r.user.Fetch(http.MethodGet, path, nil).Status; status != http.StatusOK {
			r.Errorf("%s for a signed-in user = %d, want 200", route, status)
		}
	}
}

func (r *routes) areCachedPrivately() {
	for _, path := range rig.Pages(r, rig.PageGroups...) {
		if got := r.user.Fetch(http.MethodGet, path, nil).Header.Get("Cache-Control"); got != "private, no-cache" && got != "no-store" {
			r.Errorf("%s: Cache-Control = %q, want private, no-cache", path, got)
		}
	}
	for _, route := range r.all {
		if route.Method != http.MethodGet || route.Parameter() || !route.In("own-calls") {
			continue
		}
		if got := r.client.Get(route.Path).Header.Get("Cache-Control"); got != "private, no-cache" && got != "no-store" {
			r.Errorf("%s: Cache-Control = %q, want private, no-cache", route, got)
		}
	}
}

func (r *routes) haveTheirShape() {
	titles := map[string]string{}
	for _, path := range rig.Pages(r, rig.PageGroups...) {
		b := r.visitor
		if slices.Contains(rig.Pages(r, "own"), path) {
			b = r.user
		}
		page := b.Fetch(http.MethodGet, path, nil)
		if page.Status != http.StatusOK { // a page of a link, which is not in this request
			continue
		}
		title := page.Text("head title")
		if other, taken := titles[title]; taken || !strings.HasSuffix(title, " · Stoa") {
			r.Errorf("%s: title %q (also of %q), want its own, ending in \" · Stoa\"", path, title, other)
		}
		titles[title] = path
		r.hasShape(page)
	}
}

func (r *routes) hasShape(page *rig.Page) {
	for selector, want := range map[string]int{"html[lang]": 1, "h1": 1, "main#main": 1, "main": 1, `a.skip[href="#main"]`: 1, "script:not([src])": 0, "style": 0, "[style]": 0} {
		if n := page.Find(selector).Length(); n != want {
			r.Errorf("%s: %d × %s, want %d", page.Call, n, selector, want)
		}
	}
	page.Find("*").Each(func(_ int, s *goquery.Selection) {
		for _, a := range s.Nodes[0].Attr {
			if strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Key, "hx-on") {
				r.Errorf("%s: inline handler %s", page.Call, a.Key)
			}
		}
	})
}

// servePublicly finds a route that needs a user and is declared in a group without
// users.
func (r *routes) servePublicly() {
	token := r.token(r.visitor)
	for _, route := range r.all {
		path, hint := route.With(uuid.NewString()), "Is it a route of a signed-in user? Then declare it under Own or OwnCalls"
		if route.In("calls") {
			if got := r.client.Bearer("").Call(route.Method, path, nil); got.Status >= 500 {
				r.Errorf("%s without an access token = %d. %s", route, got.Status, hint)
			}
		}
		if !route.In("public", "harmless", "sessionless") && !route.Page() || route.In("own") {
			continue
		}
		var form url.Values
		if route.Method != http.MethodGet {
			form = url.Values{"_csrf": {token}}
		}
		got := r.visitor.Fetch(route.Method, path, form)
		if got.Status >= 500 || route.Method == http.MethodGet && strings.HasPrefix(got.Header.Get("Location"), "/login") {
			r.Errorf("%s for a visitor = %d to %q. %s", route, got.Status, got.Header.Get("Location"), hint)
		}
		if route.In("public") && got.Find(`body.app, form[action="/logout"]`).Length() > 0 {
			r.Errorf("%s shows a visitor the navigation of an account. %s", route, hint)
		}
	}
}

func (r *routes) needCSRFToken() {
	other, _ := r.app.RegisterBrowser(r)
	own := r.token(r.user)
	tokens := map[string]string{
		"none": "", "nonsense": "nonsense", "another session's": r.token(other), "a visitor's": r.token(r.visitor),
		"one character changed": flip(own), "zeros": strings.Repeat("A", len(own)), "twice": own + own, "half": own[:len(own)/2],
		"the cookie": r.user.Cookie("stoa_session").Value,
	}
	before := r.state()
	for _, route := range r.all {
		if !route.In(rig.PageGroups...) || route.In("harmless") || route.Method == http.MethodGet {
			continue
		}
		path := route.With(uuid.NewString())
		for why, token := range tokens {
			if why == "a visitor's" && (route.Path == "/login" || route.Path == "/register") {
				continue // TestStale_TwoTabs: leads on
			}
			r.isForbidden(why, r.user.Fetch(route.Method, path, url.Values{"_csrf": {token}, "name": {"Eve"}, "theme": {"dark"}}))
		}
		r.isForbidden("no field", r.user.Fetch(route.Method, path, url.Values{}))
		r.isForbidden("the token in the URL, which logs contain", r.user.Fetch(route.Method, path+"?_csrf="+url.QueryEscape(own), url.Values{}))
		r.isForbidden("a request of another site", r.user.Fetch(route.Method, path, url.Values{"_csrf": {own}}, rig.With("Sec-Fetch-Site", "cross-site")))
		if !route.In("own") {
			r.isForbidden("no token of a visitor", r.visitor.Fetch(route.Method, path, url.Values{}))
		}
	}
	if after := r.state(); after != before || !r.user.SignedIn() {
		r.Errorf("the refused forms changed the user from %s to %s", before, after)
	}
}

// needOwnToken sends the forms that change only the browser with tokens that no page of
// the user or of a visitor has.
func (r *routes) needOwnToken() {
	other, _ := r.app.RegisterBrowser(r)
	own := r.token(r.user)
	for _, route := range r.all {
		if !route.In("harmless") {
			continue
		}
		for why, token := range map[string]string{
			"none": "", "nonsense": "nonsense", "zeros": strings.Repeat("A", len(own)),
			"half": own[:len(own)/2], "the cookie": r.user.Cookie("stoa_session").Value,
		} {
			r.isForbidden(why, r.user.Fetch(route.Method, route.Path, url.Values{"_csrf": {token}, "theme": {"dark"}}))
		}
		r.isForbidden("a request of another site", r.user.Fetch(route.Method, route.Path, url.Values{"_csrf": {own}, "theme": {"dark"}}, rig.With("Sec-Fetch-Site", "cross-site")))
		r.isForbidden("no token of a visitor", r.visitor.Fetch(route.Method, route.Path, url.Values{}))
	}
	for why, b := range map[string]*rig.Browser{"a visitor's token": r.visitor, "another user's token": other} {
		r.isForbidden(why+", which signs no user out", r.user.Fetch(http.MethodPost, "/logout", url.Values{"_csrf": {r.token(b)}}))
	}
	if !r.user.SignedIn() {
		r.Error("a refused form signed the user out")
	}
}

// leadToPages presses Enter in the URL bar after a form was refused: the path of a form
// without a page leads to the page with the form.
func (r *routes) leadToPages() {
	for _, route := range r.all {
		path := route.With(uuid.NewString())
		if !route.In(rig.PageGroups...) || slices.Contains(r.methods(path), http.MethodGet) {
			continue
		}
		got := r.user.Fetch(http.MethodGet, path, nil)
		to := got.Header.Get("Location")
		if got.Status != http.StatusSeeOther || !strings.HasPrefix(path, to) && !slices.Contains(rig.Pages(r, "own"), to) {
			r.Errorf("GET %s = %d to %q, want 303 to its page", path, got.Status, to)
			continue
		}
		page := r.user.Follow(got)
		needsToken := page.Status == http.StatusNotFound && strings.Contains(page.Text("h1"), "link") // the URL of an email has it
		if page.Status != http.StatusOK && !needsToken {
			r.Errorf("GET %s leads to %s, which is %d", path, page.Call, page.Status)
		}
	}
}

func (r *routes) dropSlash() {
	for _, path := range rig.Pages(r, rig.PageGroups...) {
		if path != "/" {
			r.user.Fetch(http.MethodGet, path+"/", nil).Leads(path)
			r.user.Fetch(http.MethodGet, path+"/?next=%2Fdashboard", nil).Leads(path + "?next=%2Fdashboard")
		}
	}
}

func (r *routes) isForbidden(why string, got *rig.Page) {
	r.Helper()
	if got.Status != http.StatusForbidden {
		r.Errorf("%s with the token %q = %d, want 403", got.Call, why, got.Status)
	}
}

// state returns a text that differs after each change of the user's data.
func (r *routes) state() string {
	return rig.Ask[string](r, r.app, `select u.xmin || ' ' || (select count(*) from audit_entries where user_id = u.id) from users u where email_key = $1`, r.email)
}
