package views_test

import (
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/gofiber/template/html/v2"

	"stoa/views"
)

var sharedEngine = sync.OnceValues(func() (*html.Engine, error) { return views.Engine("") })

func engine(t testing.TB) *html.Engine {
	t.Helper()
	e, err := sharedEngine()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestEngine_AssetPrefix(t *testing.T) {
	e, err := views.Engine("https://cdn.example")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := e.Render(&out, "public/landing", views.Landing{Chrome: views.Chrome{CSRF: "c"}}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), `href="https://cdn.example/static/app.`) {
		t.Error("the URL of the style sheet has no prefix")
	}
	if n := strings.Count(out.String(), ` integrity="sha384-`); n != 3 {
		t.Errorf("%d files have an integrity attribute, want 3: the style sheet and both scripts", n)
	}
	if strings.Contains(out.String(), `cdn.example/static/icons.`) {
		t.Error("the URL of the icons has the prefix, which browsers refuse")
	}
}

// A template that has been escaped cannot be cloned. Engine explains why no template
// may be escaped on its first use.
func TestEngine_EscapesAtOnce(t *testing.T) {
	fresh, err := views.Engine("")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range templates(t) {
		if _, err := fresh.Templates.Lookup(name).Clone(); err == nil {
			t.Errorf("%s is not escaped yet", name)
		}
	}
}

// The engine copies templates without a lock. Concurrent renders of all pages and
// fragments must neither race nor write into each other's output.
func TestRender_Concurrently(t *testing.T) {
	all := pages(testUsers["long"])
	want := map[string]string{}
	for what, s := range all {
		want[what] = render(t, s.name, s.page)
	}
	fresh, err := views.Engine("")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		for what, s := range all {
			wg.Go(func() {
				var out strings.Builder
				if err := fresh.Render(&out, s.name, s.page); err != nil || out.String() != want[what] {
					t.Errorf("%s: the output differs in concurrent renders (%v)", what, err)
				}
			})
		}
	}
	wg.Wait()
}

func BenchmarkHome(b *testing.B) {
	e, page := engine(b), home(testUsers["plain"])
	b.ReportAllocs()
	for b.Loop() {
		if err := e.Render(io.Discard, "accounts/home", page); err != nil {
			b.Fatal(err)
		}
	}
}
