package journeys

import (
	"net/http"
	"net/url"
	"slices"
	"stoa/test/rig"
	"testing"
)

// caller is a user with a browser and an API client.
type caller struct {
	T      testing.TB
	app    *rig.App
	worker *rig.App // the replica that runs the jobs
	b      *rig.Browser
	c      *rig.API
	p      rig.User
	tokens rig.Tokens
	csrf   string
}

func newCaller(t testing.TB, app, worker *rig.App) *caller {
	k := &caller{T: t, app: app, worker: worker, b: app.Browser(t)}
	k.c, k.p, k.tokens = app.RegisterAPI(t)
	k.b.SignIn(k.p)
	k.csrf = k.b.Open("/settings/profile").Value("_csrf")
	return k
}

// page posts a form.
func (k *caller) page(path string, fields rig.Values) int {
	form := url.Values{}
	for name, value := range fields {
		form.Set(name, value)
	}
	return k.post(path, form)
}

func (k *caller) post(path string, form url.Values) int {
	form.Set("_csrf", k.csrf)
	return k.b.Fetch(http.MethodPost, path, form).Status
}

// openLink opens the page of a link.
func (k *caller) openLink(path, token string) int {
	return k.b.Fetch(http.MethodGet, path+"?token="+url.QueryEscape(token), nil).Status
}

// read returns what the caller gets at a path. Of a page it leaves out what differs
// each time: the CSRF token and the message after a change.
func (k *caller) read(r rig.Route, path string) string {
	k.T.Helper()
	if r.Call() {
		return string(k.c.Get(path).Is(http.StatusOK).Body)
	}
	page := k.b.Fetch(http.MethodGet, path, nil).Is(http.StatusOK)
	page.Find(`#flash, [name="_csrf"]`).Remove()
	html, err := page.Find("body").Html()
	if err != nil {
		k.T.Fatal(err)
	}
	return html
}

// request returns the usual request of a route, for the caller's item of that id. A
// call has the example of openapi.json as its body. A form has the fields of the page
// with the same path, as the caller gets them, and that of a new item the example of the
// call that creates it. Without such a page it has none. Another caller may make the
// request.
func (k *caller) request(r rig.Route, id string) func(*caller) int {
	path := r.With(id)
	if r.Call() {
		body := k.app.Example(k.T, r)
		return func(k *caller) int { return k.c.Call(r.Method, path, body).Status }
	}
	if r.Method == http.MethodGet {
		return func(k *caller) int { return k.b.Fetch(r.Method, path, nil).Status }
	}
	form := url.Values{}
	if slices.ContainsFunc(rig.Routes(k.T), func(page rig.Route) bool { return page.Method == http.MethodGet && page.Path == r.Path }) {
		page := k.b.Open(path).Form(`form[action="` + path + `"]`)
		form = page.Fields
		for _, n := range rig.Nouns(k.T) {
			if path == n.Page+"/new" {
				form = page.Fill(n.Typed(k.app, page))
			}
		}
	}
	return func(k *caller) int { return k.post(path, form) }
}
