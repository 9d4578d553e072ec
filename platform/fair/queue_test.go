package fair_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"stoa/platform/fair"
)

func anyItem(string) bool { return true }

// queueOf pushes the items; the key of "users/a 1" is users, a.
func queueOf(items ...string) *fair.Queue[string] {
	q := &fair.Queue[string]{}
	for _, item := range items {
		q.Push(keyOf(item), item)
	}
	return q
}

func keyOf(item string) fair.Key {
	key, _, _ := strings.Cut(item, " ")
	return strings.Split(key, "/")
}

func drain(q *fair.Queue[string]) (all []string) {
	for item, ok := q.Pop(anyItem); ok; item, ok = q.Pop(anyItem) {
		all = append(all, item)
	}
	return all
}

func TestQueue_Turns(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ pushed, want []string }{
		"one key": {
			[]string{"users/a 1", "users/a 2", "users/a 3"},
			[]string{"users/a 1", "users/a 2", "users/a 3"},
		},
		"a client with many": {
			[]string{"clients/x/x 1", "clients/x/x 2", "clients/x/x 3", "clients/y/y 1"},
			[]string{"clients/x/x 1", "clients/y/y 1", "clients/x/x 2", "clients/x/x 3"},
		},
		"clients of one network": {
			[]string{"clients/x/1 1", "clients/x/2 1", "clients/x/3 1", "clients/y/y 1", "clients/y/y 2"},
			[]string{"clients/x/1 1", "clients/y/y 1", "clients/x/2 1", "clients/y/y 2", "clients/x/3 1"},
		},
		"a user beside many clients": {
			[]string{"clients/x/x 1", "clients/y/y 1", "clients/z/z 1", "users/a 1", "users/a 2"},
			[]string{"clients/x/x 1", "users/a 1", "clients/y/y 1", "users/a 2", "clients/z/z 1"},
		},
	} {
		if diff := cmp.Diff(tt.want, drain(queueOf(tt.pushed...))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestQueue_PassesOverKeysThatMayNotTake(t *testing.T) {
	t.Parallel()
	q := queueOf("users/a 1", "users/a 2", "users/b 1")
	notA := func(item string) bool { return !strings.HasPrefix(item, "users/a") }
	if got, ok := q.Pop(notA); got != "users/b 1" || !ok {
		t.Errorf("Pop = %q, %v, want b", got, ok)
	}
	if got, ok := q.Pop(notA); ok || q.Len() != 2 {
		t.Errorf("Pop = %q, %d left, want none and both of a left", got, q.Len())
	}
}

// A full queue refuses the key that fills it.
func TestQueue_Shed(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		pushed []string
		want   string
	}{
		"the longest line":     {[]string{"clients/x/x 1", "clients/x/x 2", "clients/y/y 1"}, "clients/x/x 2"},
		"the longest network":  {[]string{"clients/x/1 1", "clients/x/2 1", "clients/y/y 1"}, "clients/x/2 1"},
		"not the user":         {[]string{"clients/x/x 1", "clients/y/y 1", "users/a 1"}, "clients/y/y 1"},
		"the newest of equals": {[]string{"clients/x/x 1", "clients/y/y 1", "clients/z/z 1"}, "clients/z/z 1"},
	} {
		q := queueOf(tt.pushed...)
		if got := q.Shed(); got != tt.want || q.Len() != len(tt.pushed)-1 {
			t.Errorf("%s: Shed = %q, %d left, want %q", name, got, q.Len(), tt.want)
		}
	}
}

// Nothing is lost, and the items of a key stay in their order.
func TestQueue_Properties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		q, waiting, number := &fair.Queue[string]{}, []string{}, 0
		t.Repeat(map[string]func(*rapid.T){
			"push": func(t *rapid.T) {
				item := rapid.SampledFrom([]string{"users/a", "users/b", "clients/x/1", "clients/x/2", "clients/y/1"}).Draw(t, "key")
				number++
				item += " " + strings.Repeat("i", number)
				q.Push(keyOf(item), item)
				waiting = append(waiting, item)
			},
			"pop": func(t *rapid.T) {
				item, ok := q.Pop(anyItem)
				if ok != (len(waiting) > 0) {
					t.Fatalf("Pop = %v with %d waiting", ok, len(waiting))
				}
				if ok && slices.IndexFunc(waiting, func(w string) bool { return slices.Equal(keyOf(w), keyOf(item)) }) != slices.Index(waiting, item) {
					t.Fatalf("Pop = %q, which is not the first of its key in %q", item, waiting)
				}
				waiting = slices.DeleteFunc(waiting, func(w string) bool { return w == item })
			},
			"remove": func(t *rapid.T) {
				if len(waiting) == 0 {
					t.Skip("an empty queue has nothing to take: rapid draws another step")
				}
				item := rapid.SampledFrom(waiting).Draw(t, "item")
				if !q.Remove(keyOf(item), item) || q.Remove(keyOf(item), item) {
					t.Fatalf("Remove(%q) must succeed once", item)
				}
				waiting = slices.DeleteFunc(waiting, func(w string) bool { return w == item })
			},
			"shed": func(t *rapid.T) {
				if len(waiting) == 0 {
					t.Skip("an empty queue has nothing to take: rapid draws another step")
				}
				item := q.Shed()
				waiting = slices.DeleteFunc(waiting, func(w string) bool { return w == item })
			},
			"": func(t *rapid.T) {
				if q.Len() != len(waiting) {
					t.Fatalf("Len = %d, want %d", q.Len(), len(waiting))
				}
				if len(waiting) > 0 && !q.Any(func(item string) bool { return item == waiting[0] }) {
					t.Fatalf("Any does not find %q", waiting[0])
				}
			},
		})
	})
}
