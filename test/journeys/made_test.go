package journeys

import (
	"maps"
	"net/http"
	"stoa/test/rig"
	"strings"
	"testing"
)

// maker makes items of the list at call and returns their ids.
type maker struct {
	call string
	item func(*caller) string
}

// declared are the makers that made declares, by the paths of the lists.
var declared = map[string]maker{}

// made declares how a caller gets an item of its own, for the routes with a parameter
// below the page and the call of its list. An item of a rig.Noun needs no declaration:
// its call creates it. The budgets and the rules for items use it.
func made(page, call string, item func(*caller) string) bool {
	m := maker{call, item}
	declared[page], declared[call] = m, m
	return true
}

// makers returns the maker of each list, by the list's path.
func makers(t testing.TB) map[string]maker {
	all := maps.Clone(declared)
	for _, n := range rig.Nouns(t) {
		if _, known := all[n.Page]; !known {
			m := maker{n.Call, func(k *caller) string { return k.c.Create(n.Call) }}
			all[n.Page], all[n.Call] = m, m
		}
	}
	return all
}

// maker returns the maker of the items of a route with a parameter.
func (k *caller) maker(r rig.Route) maker {
	k.T.Helper()
	path, _, _ := strings.Cut(r.Path, "/:")
	m, known := makers(k.T)[path]
	if !known {
		k.T.Fatalf("%[1]s needs an item of the caller. Declare in test/journeys/%[2]s_budget_test.go: `var _ = made(%[3]q, \"/api%[3]s\", item)`, "+
			"with the page and the call of its list, and with a func item(*caller) string that makes an item and returns its id", r, resource(r), strings.TrimPrefix(path, "/api"))
	}
	return m
}

// hideItemsOfOthers sends the id of one user's item as another user. The same request
// of the owner succeeds, which proves that nothing else in it was refused.
func (r *routes) hideItemsOfOthers() {
	owner, other := newCaller(r, r.app, r.app), newCaller(r, r.app, r.app)
	for _, route := range r.all {
		if !route.In("own", "own-calls") || !route.Parameter() {
			continue
		}
		m := owner.maker(route)
		id := m.item(owner)
		request, before := owner.request(route, id), r.shown(owner, m, id)
		if status := request(other); status != http.StatusNotFound {
			r.Errorf("%s for the item of another user = %d, want 404: its query must compare user_id", route, status)
		}
		if after := r.shown(owner, m, id); after != before {
			r.Errorf("%s by another user changed the item from\n%s\nto\n%s", route, before, after)
		}
		if status := request(owner); status >= http.StatusBadRequest {
			r.Errorf("%s by the owner of the item = %d: either another user changed the item, or this request is refused to everyone", route, status)
		}
	}
}

// shown returns what the owner reads of an item, on each page and in each call.
func (r *routes) shown(owner *caller, m maker, id string) string {
	var all []string
	lists := makers(r)
	for _, route := range r.all {
		if path, _, item := strings.Cut(route.Path, "/:"); item && lists[path].call == m.call && route.Method == http.MethodGet {
			all = append(all, owner.read(route, route.With(id)))
		}
	}
	return strings.Join(all, "\n")
}

// listOwnItems finds an item in the lists of its owner, and in no list of another
// user.
func (r *routes) listOwnItems() {
	owner, other := newCaller(r, r.app, r.app), newCaller(r, r.app, r.app)
	lists := makers(r)
	for _, route := range r.all {
		m, list := lists[route.Path]
		if !list || route.Method != http.MethodGet {
			continue
		}
		id := m.item(owner)
		if !strings.Contains(owner.read(route, route.Path), id) {
			r.Errorf("%s lacks the new item of the user", route)
		}
		if strings.Contains(other.read(route, route.Path), id) {
			r.Errorf("%s has the item of another user", route)
		}
	}
}

// exportOwnItems finds an item of each noun in the export of its owner, and in that of
// no other user.
func (r *routes) exportOwnItems() {
	owner, other := newCaller(r, r.app, r.app), newCaller(r, r.app, r.app)
	export := func(k *caller) string {
		return string(k.c.Post("/api/users/me/export", map[string]string{"password": k.p.Password}).Is(http.StatusOK).Body)
	}
	items := map[string]string{}
	for path, m := range makers(r) {
		items[path] = m.item(owner)
	}
	owned, others := export(owner), export(other)
	for path, id := range items {
		if !strings.Contains(owned, id) {
			r.Errorf("the export of a user lacks the item of %s", path)
		}
		if strings.Contains(others, id) {
			r.Errorf("the export of a user has an item of %s of another user", path)
		}
	}
}

// refuseOtherCursors sends a cursor that no list has returned.
func (r *routes) refuseOtherCursors() {
	for _, route := range r.all {
		if route.Call() && !route.Parameter() && r.app.Operation(r, route).Parameters.GetByInAndName("query", "cursor") != nil {
			r.client.Get(route.Path+"?cursor=x").Refused(http.StatusUnprocessableEntity, "invalid_input")
		}
	}
}
