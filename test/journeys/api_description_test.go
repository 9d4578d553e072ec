package journeys

import (
	"stoa/test/rig"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/getkin/kin-openapi/openapi3"
)

// described returns every "METHOD /path" of openapi.json.
func described(t testing.TB) map[string]bool {
	t.Helper()
	doc, _, err := rig.Describe()
	if err != nil {
		t.Fatal(err)
	}
	calls := map[string]bool{}
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			calls[method+" "+path] = true
		}
	}
	return calls
}

func TestDescription_IsAboutThisServer(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	got := rig.Decode[map[string]any](app.API(t).Get("/api/openapi.json").Is(200))
	if servers := got["servers"].([]any); len(servers) != 1 || servers[0].(map[string]any)["url"] != app.Base {
		t.Errorf("servers = %v, want %s", servers, app.Base)
	}
}

func TestDescription_IsCompressed(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	got := app.Browser(t).Fetch("GET", "/api/openapi.json", nil, rig.With("Accept-Encoding", "gzip"))
	if got.Header.Get("Content-Encoding") != "gzip" || !strings.Contains(got.Header.Get("Vary"), "Accept-Encoding") {
		t.Errorf("Content-Encoding, Vary = %q, %q", got.Header.Get("Content-Encoding"), got.Header.Get("Vary"))
	}
}

// The index links to each call on the page of its noun. Search engines can tell these
// pages apart.
func TestReferencePage_ShowsEveryCall(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b := app.Browser(t)
	index := b.Open("/docs/api").Is(200)
	doc, _, err := rig.Describe()
	if err != nil {
		t.Fatal(err)
	}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			link, found := index.Find("main #" + op.OperationID).Attr("href")
			if !found {
				t.Errorf("/docs/api does not show %s %s, which openapi.json describes: is its tag in tags?", method, path)
				continue
			}
			shown := b.Open(link).Is(200).Find(`section[aria-labelledby="` + op.OperationID + `"]`)
			if got := shown.Find(".url").Text(); got != method+" "+path || shown.Find("pre[data-lang]").Length() != 4 {
				t.Errorf("%s shows %q with %d examples, want %s %s with four", link, got, shown.Find("pre[data-lang]").Length(), method, path)
			}
		}
	}
	seen := map[string]bool{}
	for _, tag := range append(doc.Tags, &openapi3.Tag{}) {
		path := rig.ReferencePath(tag.Name)
		page := b.Open(path + "?lang=go").Is(200)
		about, canonical := page.Find(`meta[name="description"]`).AttrOr("content", ""), page.Find(`link[rel="canonical"]`).AttrOr("href", "")
		if title := page.Text("title"); about == "" || seen[title] || seen[about] || canonical != app.Base+path {
			t.Errorf("%s has the title %q, the description %q and the canonical URL %s, want its own", path, title, about, canonical)
		}
		seen[page.Text("title")], seen[about] = true, true
	}
}

func TestReferencePage_Search(t *testing.T) {
	t.Parallel()
	b := rig.Shared(t).Browser(t)
	for query, want := range map[string]string{
		"REVOKE+session": "revokeSession", "delete+%2Fsessions": "revokeSession", "nothing-has-this": "", "%3Cscript%3E": "", "%00%FF": "",
	} {
		var got []string
		page := b.Open("/docs/api?q=" + query).Is(200)
		page.Find("main li a").Each(func(_ int, a *goquery.Selection) {
			_, id, _ := strings.Cut(a.AttrOr("href", ""), "#")
			got = append(got, id)
		})
		if strings.Join(got, " ") != want {
			t.Errorf("the search for %s finds %q, want %q", query, got, want)
		}
		if page.Find(`meta[name="robots"][content="noindex"]`).Length() != 1 {
			t.Errorf("search engines may index the search for %s", query)
		}
	}
	if n := b.Open("/docs/api?q=+").Is(200).Find("#errors-not_found").Length(); n != 1 {
		t.Error("a search for nothing does not show the index")
	}
}

func TestHealth_IsOpenAndUncounted(t *testing.T) {
	t.Parallel()
	app := rig.SharedWith(t, tight)
	c := app.API(t)
	for range 5 {
		c.Get("/health").Is(200)
		c.Get("/health/live").Is(200)
		c.Get("/.well-known/jwks.json").Is(200)
	}
	got := rig.Decode[struct {
		Status  string            `json:"status"`
		Version string            `json:"version"`
		Checks  map[string]string `json:"checks"`
	}](c.Get("/health"))
	if got.Checks["jobs"] != "ok" || got.Checks["database"] != "ok" || got.Checks["migrations"] != "ok" {
		t.Errorf("checks = %v", got.Checks)
	}
}
