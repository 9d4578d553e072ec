package page_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"stoa/platform/page"
)

type byTitle struct {
	Title string
	ID    uuid.UUID
}

type byTime struct {
	At time.Time
	ID uuid.UUID
}

func list(n int) []byTitle {
	rows := make([]byTitle, n)
	for i := range rows {
		rows[i] = byTitle{`a "title" \u0000 <ü>`, uuid.Must(uuid.NewV7())}
	}
	return rows
}

func key(r byTitle) any { return r }

func TestCut(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, page.Size} {
		if got := page.Cut(list(n), key); len(got.Items) != n || got.Next != "" {
			t.Errorf("Cut of %d rows = %d items, next %q; want no next page", n, len(got.Items), got.Next)
		}
	}
	rows := list(page.Size + 1)
	got := page.Cut(rows, key)
	var at byTitle
	if err := got.Next.Decode(&at); err != nil || len(got.Items) != page.Size || at != rows[page.Size-1] {
		t.Errorf("the next page begins after %+v, %v; want %+v", at, err, rows[page.Size-1])
	}
	if strings.ContainsAny(string(got.Next), "+/=&?# ") {
		t.Errorf("%q needs an encoding in a URL", got.Next)
	}
}

func TestCursor_FirstPage(t *testing.T) {
	t.Parallel()
	at := byTitle{"z", uuid.Max}
	if err := page.Cursor("").Decode(&at); err != nil || at != (byTitle{"z", uuid.Max}) {
		t.Errorf("Decode = %+v, %v; want the key as it was", at, err)
	}
}

func TestCursor_Refused(t *testing.T) {
	t.Parallel()
	valid := page.Cut(list(page.Size+1), key).Next
	encoded := func(s string) page.Cursor { return page.Cursor(base64.RawURLEncoding.EncodeToString([]byte(s))) }
	id := uuid.NewString()
	for _, c := range []page.Cursor{
		"x", "not base64!", valid[:len(valid)-4], valid + "=", valid + "AAAA", encoded("null"), encoded("{}"), encoded("[]"), encoded(`{"Title":"a"}`),
		encoded(`{"Title":1,"ID":"` + id + `"}`), encoded(`{"Title":"a","ID":"x"}`), encoded(`{"Title":"a","ID":"` + id + `","More":1}`),
		encoded(`{"Title":"a\u0000","ID":"` + id + `"}`), encoded("{\"Title\":\"a\xff\",\"ID\":\"" + id + `"}`),
		encoded(`{"Title":"` + strings.Repeat("a", 4000) + `","ID":"` + id + `"}`),
	} {
		var at byTitle
		if err := c.Decode(&at); !errors.Is(err, page.ErrCursor) {
			t.Errorf("Decode(%.60q) = %+v, %v; want it refused", c, at, err)
		}
	}
	var at byTime
	if err := valid.Decode(&at); !errors.Is(err, page.ErrCursor) {
		t.Errorf("Decode of the cursor of another list = %v, want it refused", err)
	}
}

func FuzzCursor(f *testing.F) {
	f.Add("")
	f.Add(string(page.Cut(list(page.Size+1), key).Next))
	f.Fuzz(func(t *testing.T, s string) {
		var at byTitle
		if err := page.Cursor(s).Decode(&at); err == nil && strings.ContainsRune(at.Title, 0) {
			t.Fatalf("Decode(%q) = %+v, has a NUL", s, at)
		}
	})
}
