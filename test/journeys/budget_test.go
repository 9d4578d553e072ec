package journeys

import (
	"cmp"
	"image/color"
	"maps"
	"net/http"
	"net/url"
	"stoa/test/rig"
	"strings"
	"testing"
)

// perPage is the number of queries for a page or call that changes nothing: one
// for the user, one for the content.
const perPage = 2

// budgets are the reading calls that need another number of queries. Each
// exception is a decision.
var budgets = map[string]int{
	"GET /api/users/me/sessions": 3, // the user, the limit, the list
}

// slack is the number of additional queries that may fall into the time of a slow
// request: a reload of the keys, or the last use of a session.
const slack = 2

// caller is a user with a browser and an API client.
type caller struct {
	*testing.T
	app          *rig.App
	worker       *rig.App // the replica that runs the jobs
	b            *rig.Browser
	c            *rig.API
	p            rig.User
	tokens       rig.Tokens
	csrf         string
	otherSession string // the id of another browser session, to be ended
}

func newCaller(t *testing.T, app, delivers *rig.App) *caller {
	k := &caller{T: t, app: app, worker: delivers}
	k.c, k.p, k.tokens = app.RegisterAPI(t)
	app.Browser(t).SignIn(k.p)
	k.b = app.Browser(t)
	for _, s := range k.c.Sessions() {
		if s.Kind == "browser" {
			k.otherSession = s.ID
		}
	}
	k.b.SignIn(k.p)
	k.csrf = k.b.Open("/settings/profile").Value("_csrf")
	return k
}

// page posts a form.
func (k *caller) page(path string, fields rig.Values) int {
	form := url.Values{"_csrf": {k.csrf}}
	for name, value := range fields {
		form.Set(name, value)
	}
	return k.b.Fetch(http.MethodPost, path, form).Status
}

// change is a request with the number of queries that it may cost, BEGIN and
// COMMIT included, as measured, and whether it ends the caller's session or
// tokens. A sign-in ends the browser's previous session.
type change struct {
	most int
	ends bool
	do   func(*caller) int
}

// changes are the routes that change something and need no email.
var changes = map[string]change{
	"POST /register": {22, true, func(k *caller) int {
		p := rig.NewUser()
		return k.page("/register", rig.Values{"name": p.Name, "email": p.Email, "password": p.Password})
	}},
	"POST /login":            {17, true, func(k *caller) int { return k.page("/login", rig.Values{"email": k.p.Email, "password": k.p.Password}) }},
	"POST /logout":           {7, true, func(k *caller) int { return k.page("/logout", rig.Values{}) }},
	"POST /settings/theme":   {1, false, func(k *caller) int { return k.page("/settings/theme", rig.Values{"theme": "dark"}) }},
	"POST /settings/profile": {5, false, func(k *caller) int { return k.page("/settings/profile", rig.Values{"name": "Ada King", "bio": "x"}) }},
	"POST /settings/avatar": {10, false, func(k *caller) int { // includes the pages before and after
		k.b.Open("/settings/profile")
		return k.b.Upload(avatarForm, rig.Picture(k.T, 30, color.White)).Status
	}},
	"POST /settings/avatar/delete": {7, false, func(k *caller) int { return k.page("/settings/avatar/delete", rig.Values{}) }},
	"POST /settings/password": {17, true, func(k *caller) int {
		return k.page("/settings/password", rig.Values{"current_password": k.p.Password, "password": nextPassword})
	}},
	"POST /settings/sessions/revoke-others": {7, true, func(k *caller) int { return k.page("/settings/sessions/revoke-others", rig.Values{}) }},
	"POST /settings/sessions/:id/revoke": {7, true, func(k *caller) int {
		return k.page("/settings/sessions/"+k.otherSession+"/revoke", rig.Values{})
	}},
	"POST /settings/account/delete": {13, true, func(k *caller) int {
		return k.page("/settings/account/delete", rig.Values{"current_password": k.p.Password})
	}},

	"POST /forgot-password":     {7, true, func(k *caller) int { return k.page("/forgot-password", rig.Values{"email": k.p.Email}) }},
	"POST /verify-email/resend": {11, false, func(k *caller) int { return k.page("/verify-email/resend", rig.Values{}) }},
	"POST /settings/email": {20, false, func(k *caller) int {
		return k.page("/settings/email", rig.Values{"email": rig.NewUser().Email, "current_password": k.p.Password})
	}},
	"POST /settings/account/export": {11, false, func(k *caller) int {
		return k.page("/settings/account/export", rig.Values{"current_password": k.p.Password})
	}},
	"POST /dev/mail/clear": {2, false, func(k *caller) int { return k.page("/dev/mail/clear", rig.Values{}) }},
	"POST /api/auth/forgot-password": {8, true, func(k *caller) int {
		return k.c.Post("/api/auth/forgot-password", map[string]string{"email": k.p.Email}).Status
	}},
	"PUT /api/users/me/email": {21, false, func(k *caller) int {
		return k.c.Call("PUT", "/api/users/me/email", map[string]string{"email": rig.NewUser().Email, "current_password": k.p.Password}).Status
	}},
	"POST /api/users/me/verification": {12, false, func(k *caller) int { return k.c.Post("/api/users/me/verification", nil).Status }},
	"POST /api/users/me/export": {12, false, func(k *caller) int {
		return k.c.Post("/api/users/me/export", map[string]string{"password": k.p.Password}).Status
	}},

	"POST /api/auth/register": {16, false, func(k *caller) int { return register(k.app.API(k.T), rig.NewUser()).Status }},
	"POST /api/auth/login":    {13, false, func(k *caller) int { return k.c.TryLogin(k.p.Email, k.p.Password).Status }},
	"POST /api/auth/refresh":  {3, false, func(k *caller) int { return k.c.TryRefresh(k.tokens.Refresh).Status }},
	"POST /api/auth/logout":   {7, true, func(k *caller) int { return k.c.Post("/api/auth/logout", nil).Status }},
	"PATCH /api/users/me": {6, false, func(k *caller) int {
		return k.c.Call("PATCH", "/api/users/me", map[string]string{"name": "Ada King"}).Status
	}},
	"DELETE /api/users/me": {12, true, func(k *caller) int {
		return k.c.Call("DELETE", "/api/users/me", map[string]string{"password": k.p.Password}).Status
	}},
	"PUT /api/users/me/password": {16, true, func(k *caller) int {
		return k.c.Call("PUT", "/api/users/me/password", map[string]string{"current_password": k.p.Password, "password": nextPassword}).Status
	}},
	"DELETE /api/users/me/sessions/:id": {7, true, func(k *caller) int { return k.c.Call("DELETE", "/api/users/me/sessions/"+k.otherSession, nil).Status }},
}

func TestQueries_BudgetOfEveryRoute(t *testing.T) {
	t.Parallel()
	delivers := rig.Start(t, rig.Wide, rig.Env{"LIMIT_MAIL_ACCOUNT": "1000/1h", "LIMIT_MAIL_IP": "1000/1h"})
	app := (&rig.App{Env: delivers.Env.With(rig.Env{"WORKERS": "off"}), Owner: delivers.Owner}).Replica(t)
	all := maps.Clone(changes)
	maps.Copy(all, emailRoutes)
	var k *caller
	for _, r := range rig.Routes(t) {
		if k == nil {
			k = newCaller(t, app, delivers)
		}
		change, changing := all[r.String()]
		if !changing && r.Method != http.MethodGet {
			t.Errorf("%s has no budget: add it to changes", r)
			continue
		}
		most, do := cmp.Or(budgets[r.String()], perPage), k.look(r)
		if changing {
			most, do = change.most+slack, change.do
		}
		before := app.Queries(t)
		status := do(k)
		if cost := app.Queries(t) - before; cost > most || status >= 400 {
			t.Errorf("%s = %d with %d queries, want %d at most", r, status, cost, most)
		} else {
			t.Logf("%s: %d", r, cost)
		}
		if change.ends {
			k = nil
		}
	}
}

// look requests a page as a signed-in user.
func (*caller) look(r rig.Route) func(*caller) int {
	if strings.HasPrefix(r.Path, "/api/users/") {
		return func(k *caller) int { return k.c.Get(r.Path).Status }
	}
	return func(k *caller) int { return k.b.Fetch(http.MethodGet, r.Path, nil).Status }
}
