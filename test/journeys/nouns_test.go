package journeys

import (
	"encoding/json"
	"math"
	"net/http"
	"net/url"
	"slices"
	"stoa/test/rig"
	"strings"

	"github.com/google/go-cmp/cmp"

	"stoa/platform/page"
)

// nouns_test.go has the rules of TestRoutes for nouns, which find their values in the
// example of openapi.json.

// keepWhatIsSent creates an item with the required fields alone, changes the other
// ones, reads the item by itself and in the list, and deletes it. The texts are as long
// as the fields allow. A change with an unknown field changes nothing.
func (r *routes) keepWhatIsSent() {
	for _, n := range rig.Nouns(r) {
		k := newCaller(r, r.app, r.app)
		_, required := n.Example(r.app, r)
		first, rest := n.Long(r.app, r, math.MaxInt), map[string]any{}
		for name, value := range first {
			if slices.Contains(required, name) {
				continue
			}
			if yes, ok := value.(bool); ok {
				value = !yes
			}
			rest[name] = value
			delete(first, name)
		}
		created := k.c.Post(n.Call, first).Is(http.StatusCreated)
		r.hasFields(created, first)
		id, _ := rig.Decode[map[string]any](created)["id"].(string)
		item := n.Call + "/" + id
		changed := k.c.Call(http.MethodPatch, item, rest).Is(http.StatusOK)
		r.hasFields(changed, first)
		r.hasFields(changed, rest)
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
