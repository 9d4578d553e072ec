package journeys

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"stoa/platform/page"
	"stoa/test/rig"
)

// nouns_test.go has the rules of TestRoutes for nouns, which find their values in the
// example of openapi.json.

// keepWhatIsSent creates an item with the required fields alone, of which the other ones
// are then empty, changes these, reads the item by itself and in the list, and deletes
// it. The texts are as long as the fields allow. A change with an unknown field changes
// nothing. Each of the three changes is an event of its own.
func (r *routes) keepWhatIsSent() {
	for _, n := range rig.Nouns(r) {
		k := newCaller(r, r.app, r.app)
		_, optional := n.Required(r.app, r)
		first, rest := n.Long(r.app, r, math.MaxInt), map[string]any{}
		for name := range optional {
			value := first[name]
			if yes, ok := value.(bool); ok {
				value = !yes
			}
			rest[name] = value
			delete(first, name)
		}
		created := k.c.Post(n.Call, first).Is(http.StatusCreated)
		r.hasFields(created, first)
		r.leavesEmpty(created, rest)
		id, _ := rig.Decode[map[string]any](created)["id"].(string)
		item := n.Call + "/" + id
		changed := k.c.Call(http.MethodPatch, item, rest).Is(http.StatusOK)
		r.hasFields(changed, first)
		r.hasFields(changed, rest)
		r.isNewer(changed, created)
		if diff := cmp.Diff(string(changed.Body), string(k.c.Get(item).Is(http.StatusOK).Body)); diff != "" {
			r.Errorf("%s after the change (-want +got):\n%s", item, diff)
		}
		refused, _ := n.Example(r.app, r)
		refused["no_such_field"] = true
		k.c.Call(http.MethodPatch, item, refused).Is(http.StatusUnprocessableEntity)
		if diff := cmp.Diff(string(changed.Body), string(k.c.Get(item).Is(http.StatusOK).Body)); diff != "" {
			r.Errorf("%s after a refused change (-want +got):\n%s", item, diff)
		}
		if list := k.c.Get(n.Call); !strings.Contains(string(list.Body), string(changed.Body)) {
			r.Errorf("%s lacks %s:\n%s", n.Call, changed.Body, list.Body)
		}
		k.c.Call(http.MethodDelete, item, nil).Is(http.StatusNoContent)
		k.c.Get(item).Refused(http.StatusNotFound, "not_found")
		k.c.Call(http.MethodDelete, item, nil).Refused(http.StatusNotFound, "not_found")
		if events := r.newestEvents(k.p, 3); len(slices.Compact(slices.Sorted(slices.Values(events)))) != 3 || slices.Contains(events, "session.opened") {
			r.Errorf("%s: the newest events are %q, want one each of the creation, the change and the deletion", n.Call, events)
		}
	}
}

// isNewer fails the test unless the changed item has a later updated_at and the same
// created_at, where the noun has these fields.
func (r *routes) isNewer(changed, created *rig.Response) {
	r.Helper()
	type times struct {
		CreatedAt time.Time `json:"created_at"`
		UpdatedAt time.Time `json:"updated_at"`
	}
	var before, after times
	if err := errors.Join(json.Unmarshal(created.Body, &before), json.Unmarshal(changed.Body, &after)); err != nil {
		r.Fatal(err)
	}
	if !after.CreatedAt.Equal(before.CreatedAt) || !before.UpdatedAt.IsZero() && !after.UpdatedAt.After(before.UpdatedAt) {
		r.Errorf("%s: the times are %v, before the change %v", changed.Call, after, before)
	}
}

// leavesEmpty fails the test unless the named fields of the response are empty.
func (r *routes) leavesEmpty(got *rig.Response, names map[string]any) {
	r.Helper()
	body := rig.Decode[map[string]any](got)
	for name := range names {
		switch value := body[name].(type) {
		case nil:
			if _, ok := body[name]; !ok {
				r.Errorf("%s: the response lacks %s", got.Call, name)
			}
		case []any:
			if len(value) > 0 {
				r.Errorf("%s: %s = %v, want no items", got.Call, name, value)
			}
		default:
			if value != "" && value != false && value != 0.0 {
				r.Errorf("%s: %s = %v, want it empty", got.Call, name, value)
			}
		}
	}
}

// newestEvents returns the newest events about the user, the latest first.
func (r *routes) newestEvents(user rig.User, most int) []string {
	r.Helper()
	rows, err := r.app.Connect(r).Query(r.Context(), `SELECT event FROM audit_entries
		WHERE user_id = (SELECT id FROM users WHERE email = $1) ORDER BY id DESC LIMIT $2`, user.Email, most)
	if err != nil {
		r.Fatal(err)
	}
	events, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		r.Fatal(err)
	}
	return events
}

// changeTogether changes different fields of one item at the same time. All changes
// count.
func (r *routes) changeTogether() {
	for _, n := range rig.Nouns(r) {
		k := newCaller(r, r.app, r.app)
		_, rest := n.Required(r.app, r)
		for range 4 {
			item := n.Call + "/" + k.c.Create(n.Call)
			changes := []map[string]any{n.Saying(r.app, r, "changed"), rest}
			var all sync.WaitGroup
			for _, fields := range changes {
				all.Go(func() { k.c.Call(http.MethodPatch, item, fields) })
			}
			all.Wait()
			got := k.c.Get(item).Is(http.StatusOK)
			for _, fields := range changes {
				r.hasFields(got, fields)
			}
		}
	}
}

// search searches the lists that can be searched, by call and page: for a part of a text,
// in another case. The signs of SQL patterns are ordinary characters. A deletion shows
// the same search again.
func (r *routes) search() {
	for _, n := range rig.Nouns(r) {
		if !n.Searched(r.app, r) {
			continue
		}
		k := newCaller(r, r.app, r.app)
		for _, text := range []string{"100% Sure", "100 percent", "Other_item"} {
			k.c.Post(n.Call, n.Saying(r.app, r, text)).Is(http.StatusCreated)
		}
		for search, want := range map[string]int{"100": 2, "100%": 1, "sURE": 1, "_": 1, "absent": 0} {
			path := "?q=" + url.QueryEscape(search)
			var found []string
			if r.ids(&found, k.c.Get(n.Call+path)); len(found) != want {
				r.Errorf("%s%s returns %d items, want %d", n.Call, path, len(found), want)
			}
			if page := k.b.Open(n.Page + path); page.Find(`main [href$="/edit"]`).Length() != want || page.Value("q") != search {
				r.Errorf("%s%s shows %q, want %d items", n.Page, path, page.Text("main"), want)
			}
		}
		k.b.Open(n.Page + "?q=100").Is(http.StatusOK)
		r.saved(k.b.Submit(`main form[action*="/delete"]`).At(n.Page))
		if left := k.b.Page.Find(`main [href$="/edit"]`).Length(); left != 1 || k.b.Page.URL.RawQuery != "q=100" {
			r.Errorf("after a deletion %s shows %d items, want the other one of ?q=100", k.b.Page.URL, left)
		}
	}
}

// listInPages reads two pages of a list, of which the items are the newest first. An item
// that is created meanwhile is on neither of them.
func (r *routes) listInPages() {
	for _, n := range rig.Nouns(r) {
		k := newCaller(r, r.app, r.app)
		var want, got []string
		for range page.Size + 2 {
			want = slices.Insert(want, 0, k.c.Create(n.Call))
		}
		first := r.ids(&got, k.c.Get(n.Call))
		k.c.Create(n.Call)
		if last := r.ids(&got, k.c.Get(n.Call+"?cursor="+first)); first == "" || last != "" {
			r.Errorf("%s: next_cursor is %q on the first page of two and %q on the last", n.Call, first, last)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			r.Errorf("%s: the items of two pages (-want +got):\n%s", n.Call, diff)
		}
	}
}

// ids appends the ids of the items of a page to ids, and returns the next cursor.
func (r *routes) ids(ids *[]string, got *rig.Response) string {
	r.Helper()
	var list struct {
		Items []struct {
			ID string `json:"id"`
		} `json:"items"`
		NextCursor string `json:"next_cursor"`
	}
	if err := json.Unmarshal(got.Is(http.StatusOK).Body, &list); err != nil {
		r.Fatal(err)
	}
	for _, item := range list.Items {
		*ids = append(*ids, item.ID)
	}
	return list.NextCursor
}

// hasFields fails the test unless the response has the fields with their values.
func (r *routes) hasFields(got *rig.Response, want map[string]any) {
	r.Helper()
	body := rig.Decode[map[string]any](got)
	for name, value := range want {
		if diff := cmp.Diff(value, body[name]); diff != "" {
			r.Errorf("%s: %s (-want +got):\n%s", got.Call, name, diff)
		}
	}
}

// keepWhatIsTyped sends the form of a new item without its first required field, and
// then completely. The refused form has what was typed, and so has the form that
// changes the item. At last it deletes the item.
func (r *routes) keepWhatIsTyped() {
	for _, n := range rig.Nouns(r) {
		k := newCaller(r, r.app, r.app)
		path := n.Page + "/new"
		action := `form[action="` + path + `"]`
		form := k.b.Open(path).Is(http.StatusOK).Form(action)
		typed := n.Typed(r.app, form)
		_, required := n.Example(r.app, r)
		without := form.Fill(typed, rig.Values{required[0]: ""})
		k.b.Submit(action, typed, rig.Values{required[0]: ""}).Refused(required[0])
		r.hasInput("the refused form", k.b.Page.Form(action), without)
		if r.saved(k.b.Submit(action, typed).At(n.Page)); k.b.Page.Find(`main [href$="/edit"]`).Length() != 1 {
			r.Errorf("%s does not show one item with a link to edit it", n.Page)
		}
		k.b.Click(`main [href$="/edit"]`).Is(http.StatusOK)
		action = `form[action="` + k.b.Page.URL.Path + `"]`
		r.hasInput("the form of the item", k.b.Page.Form(action), form.Fill(typed))
		r.saved(k.b.Submit(action).At(n.Page))
		if r.saved(k.b.Submit(`main form[action*="/delete"]`).At(n.Page)); k.b.Page.Find(`main [href$="/edit"]`).Length() != 0 {
			r.Errorf("%s shows the deleted item", n.Page)
		}
	}
}

// saved fails the test unless the page has a message.
func (r *routes) saved(got *rig.Page) {
	r.Helper()
	if got.Text("#flash") == "" {
		r.Errorf("%s has no message after a change", got.Call)
	}
}

func (r *routes) hasInput(what string, got rig.Form, want url.Values) {
	r.Helper()
	got.Fields.Del("_csrf")
	want.Del("_csrf")
	if diff := cmp.Diff(want, got.Fields); diff != "" {
		r.Errorf("%s of %s (-want +got):\n%s", what, got.Action, diff)
	}
}
