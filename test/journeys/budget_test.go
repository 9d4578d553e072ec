package journeys

import (
	"maps"
	"net/http"
	"net/url"
	"stoa/test/rig"
	"strings"
	"testing"
)

// perPage is the number of queries for a page or call that changes nothing: one
// for the user, one for the content. A route that needs another number, changes
// something or has a parameter declares its budget in the file of its resource.
const perPage = 2

// slack is the number of additional queries that may fall into the time of a slow
// request: a reload of the keys, or the last use of a session.
const slack = 2

// budgets are the declared budgets by route.
var budgets = map[string]cost{}

// cost is a request with the number of queries that it may cost, BEGIN and COMMIT
// included, as measured.
type cost struct {
	most int
	ends sessionEnd
	do   func(*caller) int // nil requests the page
}

// sessionEnd says whether a request ends the caller's session or tokens. A sign-in
// ends the browser's previous session.
type sessionEnd bool

const (
	keepsSession sessionEnd = false
	endsSession  sessionEnd = true
)

// budget declares the number of queries of a route, and the request that measures
// it, which returns the status. Each is a decision.
func budget(route string, most int, ends sessionEnd, do func(*caller) int) bool {
	if _, declared := budgets[route]; declared {
		panic(route + " has two budgets")
	}
	if do != nil {
		most += slack
	}
	budgets[route] = cost{most, ends, do}
	return true
}

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

// openLink opens the page of a link.
func (k *caller) openLink(path, token string) int {
	return k.b.Fetch(http.MethodGet, path+"?token="+url.QueryEscape(token), nil).Status
}

func TestQueries_BudgetOfEveryRoute(t *testing.T) {
	t.Parallel()
	delivers := rig.Start(t, rig.Wide, rig.Env{"LIMIT_MAIL_ACCOUNT": "1000/1h", "LIMIT_MAIL_IP": "1000/1h"})
	app := (&rig.App{Env: delivers.Env.With(rig.Env{"WORKERS": "off"}), Owner: delivers.Owner}).Replica(t)
	left := maps.Clone(budgets)
	var k *caller
	for _, r := range rig.Routes(t) {
		delete(left, r.String())
		if k == nil {
			k = newCaller(t, app, delivers)
		}
		c, declared := budgets[r.String()]
		if !declared && (r.Method != http.MethodGet || r.Parameter()) {
			t.Errorf("%[1]s has no budget. Declare it in test/journeys/%[2]s_budget_test.go: "+
				"`var _ = budget(%[1]q, queries, keepsSession, func(k *caller) int { return k.page(path, fields) })`", r, resource(r))
			continue
		}
		if !declared {
			c.most = perPage
		}
		if c.do == nil {
			c.do = k.look(r)
		}
		before := app.Queries(t)
		status := c.do(k)
		if cost := app.Queries(t) - before; cost > c.most || status >= 400 {
			t.Errorf("%s = %d with %d queries, want %d at most; a budget is declared in test/journeys/%s_budget_test.go", r, status, cost, c.most, resource(r))
		} else {
			t.Logf("%s: %d", r, cost)
		}
		if c.ends {
			k = nil
		}
	}
	for route := range left {
		t.Errorf("%s has a budget and is not a route", route)
	}
}

// resource returns the name of the files of the route's resource.
func resource(r rig.Route) string { return strings.ToLower(strings.Split(r.Handler, ".")[1]) }

// look requests a page as a signed-in user.
func (*caller) look(r rig.Route) func(*caller) int {
	if strings.HasPrefix(r.Path, "/api/users/") {
		return func(k *caller) int { return k.c.Get(r.Path).Status }
	}
	return func(k *caller) int { return k.b.Fetch(http.MethodGet, r.Path, nil).Status }
}
