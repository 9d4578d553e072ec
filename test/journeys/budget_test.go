package journeys

import (
	"maps"
	"net/http"
	"stoa/test/rig"
	"strings"
	"testing"
)

// usual returns the number of round trips to the database of a route that declares no
// budget. A page that changes nothing has one for the user and one for the content, which
// is a query or a batch of queries. A change locks a row and writes it, with an audit
// entry, between BEGIN and COMMIT. A call is counted by a limit, too. A route that is dearer, or that needs another request than the usual
// one, declares its budget in the file of its resource. Each is a decision.
func usual(r rig.Route) int {
	trips := 2
	if r.Method != http.MethodGet {
		trips = 6
	}
	if r.Call() {
		trips++
	}
	return trips
}

// budgets are the declared budgets by route.
var budgets = map[string]cost{}

// cost is a request with the number of round trips that it may cost, BEGIN and COMMIT
// included, as measured.
type cost struct {
	most int
	ends sessionEnd
	do   func(*caller) int // nil for the usual request
}

// sessionEnd says whether a request ends the caller's session or tokens. A sign-in
// ends the browser's previous session.
type sessionEnd bool

const (
	keepsSession sessionEnd = false
	endsSession  sessionEnd = true
)

// budget declares the number of round trips of a route and the request that measures it,
// which returns the status; see caller.request for nil.
func budget(route string, most int, ends sessionEnd, do func(*caller) int) bool {
	if _, declared := budgets[route]; declared {
		panic(route + " has two budgets")
	}
	budgets[route] = cost{most, ends, do}
	return true
}

func TestRoundTrips_BudgetOfEveryRoute(t *testing.T) {
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
		k.measure(r)
		if budgets[r.String()].ends {
			k = nil
		}
	}
	for route := range left {
		t.Errorf("%s has a budget and is not a route", route)
	}
}

// measure compares the round trips of a route with its budget. A route that declares more
// than usual and costs no more was not measured as its user uses it.
func (k *caller) measure(r rig.Route) {
	k.T.Helper()
	c, declared := budgets[r.String()]
	if !declared {
		c.most = usual(r)
	}
	if c.do == nil {
		c.do = k.usual(r)
	}
	before := k.app.RoundTrips(k.T)
	status := c.do(k)
	trips := k.app.RoundTrips(k.T) - before
	k.T.Logf("%s: %d", r, trips)
	where := "test/journeys/" + resource(r) + "_budget_test.go"
	switch {
	case status >= http.StatusBadRequest:
		k.T.Errorf("the request that measures %[1]s gets %[2]d. Declare another one in %[3]s: "+
			"`var _ = budget(%[1]q, %[4]d, keepsSession, func(k *caller) int { return k.page(path, fields) })`", r, status, where, c.most)
	case trips > c.most:
		k.T.Errorf("%[1]s has %[2]d round trips to the database, want %[3]d at most. Correct the code, or declare `budget(%[1]q, %[2]d, …)` in %[4]s", r, trips, c.most, where)
	case c.most > usual(r) && trips <= usual(r):
		k.T.Errorf("%s has %d round trips to the database, which needs no budget of %d: remove it from %s, or measure another request", r, trips, c.most, where)
	}
}

// usual returns the usual request of a route, for a new item of the caller.
func (k *caller) usual(r rig.Route) func(*caller) int {
	k.T.Helper()
	if !r.Parameter() {
		return k.request(r, "")
	}
	return k.request(r, k.maker(r).item(k))
}

// resource returns the name of the files of the route's resource.
func resource(r rig.Route) string { return strings.ToLower(strings.Split(r.Handler, ".")[1]) }
