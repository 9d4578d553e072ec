package views_test

import (
	"io"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/template/parse"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/gofiber/template/html/v2"
	"github.com/google/go-cmp/cmp"

	"stoa/views"
)

var once = sync.OnceValues(func() (*html.Engine, error) { return views.Engine("") })

func engine(t testing.TB) *html.Engine {
	t.Helper()
	e, err := once()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// templates returns the names of all template files.
func templates(t *testing.T) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(views.FS, ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, strings.TrimSuffix(path, ".html"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// A template that no page reaches is dead, and one that no test executes may
// be broken: samples must reach all of them.
func TestTemplates_AllExecuted(t *testing.T) {
	calls := map[string][]string{}
	for _, name := range templates(t) {
		calls[name] = called(engine(t).Templates.Lookup(name).Tree.Root)
	}
	reached := map[string]bool{}
	var reach func(name string)
	reach = func(name string) {
		if reached[name] {
			return
		}
		reached[name] = true
		for _, next := range calls[name] {
			reach(next)
		}
	}
	for _, s := range pages(people["plain"]) {
		render(t, s.name, s.page)
		reach(s.name)
	}
	for _, name := range templates(t) {
		if !reached[name] {
			t.Errorf("%s.html is never executed", name)
		}
	}
}

func called(node parse.Node) []string {
	var names []string
	var walk func(parse.Node)
	lists := func(lists ...*parse.ListNode) {
		for _, list := range lists {
			if list == nil {
				continue
			}
			for _, n := range list.Nodes {
				walk(n)
			}
		}
	}
	walk = func(n parse.Node) {
		switch n := n.(type) {
		case *parse.ListNode:
			lists(n)
		case *parse.IfNode:
			lists(n.List, n.ElseList)
		case *parse.WithNode:
			lists(n.List, n.ElseList)
		case *parse.RangeNode:
			lists(n.List, n.ElseList)
		case *parse.TemplateNode:
			name, _, _ := strings.Cut(n.Name, "$htmltemplate") // the escaper's copies for another context
			names = append(names, name)
		}
	}
	walk(node)
	return names
}

// All names are global to the engine: two files that define the same one would
// silently replace each other.
func TestTemplates_NoDefinitionTwice(t *testing.T) {
	seen := map[string]string{}
	define := regexp.MustCompile(`\{\{-?\s*(?:define|block)\s+"([^"]+)"`)
	for _, name := range templates(t) {
		text, err := fs.ReadFile(views.FS, name+".html")
		if err != nil {
			t.Fatal(err)
		}
		names := []string{name}
		for _, m := range define.FindAllStringSubmatch(string(text), -1) {
			if !strings.HasPrefix(m[1], name+"/") {
				t.Errorf("%s.html defines %q: name it by its path, %s/…", name, m[1], name)
			}
			names = append(names, m[1])
		}
		for _, n := range names {
			if other, taken := seen[n]; taken {
				t.Errorf("%q is defined in %s.html and in %s.html", n, other, name)
			}
			seen[n] = name
		}
	}
}

var unclean = map[string]*regexp.Regexp{
	"inline style":         regexp.MustCompile(`(?i)\sstyle\s*=|<style\b`),
	"inline handler":       regexp.MustCompile(`(?i)\son[a-z]+\s*=`),
	"inline script":        regexp.MustCompile(`(?i)<script(?:>|\s(?:[^>s]|s[^r])*>)`),
	"evaluated attribute":  regexp.MustCompile(`(?i)hx-on|hx-vars|"js:|javascript:|hx-trigger="[^"]*\[`),
	"another origin":       regexp.MustCompile(`(?i)(?:src|href|action)="(?:https?:)?//`),
	"a layout of the kind": regexp.MustCompile(`\{\{\s*embed`),
}

// The policy that pages are served under allows none of these.
func TestTemplates_CleanUnderPolicy(t *testing.T) {
	for _, name := range templates(t) {
		text, err := fs.ReadFile(views.FS, name+".html")
		if err != nil {
			t.Fatal(err)
		}
		for what, pattern := range unclean {
			if found := pattern.Find(text); found != nil {
				t.Errorf("%s.html has %s: %s", name, what, found)
			}
		}
	}
}

// document parses an answer.
func document(t testing.TB, s sample) *goquery.Document {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(render(t, s.name, s.page)))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func isPage(s sample) bool { return !strings.Contains(s.name, "/_") }

func TestPages_Structure(t *testing.T) {
	for who, v := range people {
		for what, s := range pages(v) {
			if !isPage(s) {
				continue
			}
			doc := document(t, s)
			for selector, want := range map[string]int{"h1": 1, "main#main": 1, `html[lang="en"][data-theme="dark"]`: 1, "title": 1, "body > .skip:first-child": 1, "hx-partial": 0} {
				if s.name == "errors/page" && strings.HasPrefix(selector, "html[") {
					continue // an error page may know no theme
				}
				if got := doc.Find(selector).Length(); got != want {
					t.Errorf("%s, %s: %d of %q, want %d", what, who, got, selector, want)
				}
			}
			if !strings.HasSuffix(doc.Find("title").Text(), " · Stoa") {
				t.Errorf("%s, %s: title = %q", what, who, doc.Find("title").Text())
			}
			identifiers(t, what, doc)
		}
	}
}

// identifiers checks that ids are unique and that what refers to one finds it.
func identifiers(t *testing.T, what string, doc *goquery.Document) {
	t.Helper()
	seen := map[string]bool{}
	doc.Find("[id]").Each(func(_ int, s *goquery.Selection) {
		id := s.AttrOr("id", "")
		if seen[id] {
			t.Errorf("%s: id %q twice", what, id)
		}
		seen[id] = true
	})
	for _, attr := range []string{"for", "aria-describedby", "aria-labelledby", "aria-controls", "data-reveal", "popovertarget"} {
		doc.Find("[" + attr + "]").Each(func(_ int, s *goquery.Selection) {
			for _, id := range strings.Fields(s.AttrOr(attr, "")) {
				if !seen[id] {
					t.Errorf("%s: %s refers to #%s, which is not there", what, attr, id)
				}
			}
		})
	}
	doc.Find(`a[href^="#"]`).Each(func(_ int, s *goquery.Selection) {
		if id := strings.TrimPrefix(s.AttrOr("href", ""), "#"); !seen[id] {
			t.Errorf("%s: link to #%s, which is not there", what, id)
		}
	})
}

func TestPages_HostileInputIsText(t *testing.T) {
	for what, s := range pages(people["hostile"]) {
		doc := document(t, s)
		if n := doc.Find("script:not([src]), img, [onerror], [onclick]").Length(); n != 0 {
			t.Errorf("%s: %d elements made of input", what, n)
		}
		doc.Find("[href], [action], [src]").Each(func(_ int, e *goquery.Selection) {
			for _, attr := range []string{"href", "action", "src"} {
				if strings.HasPrefix(strings.ToLower(strings.TrimSpace(e.AttrOr(attr, ""))), "javascript:") {
					t.Errorf("%s: %s=%q", what, attr, e.AttrOr(attr, ""))
				}
			}
		})
	}
}

func TestForms_PostWithToken(t *testing.T) {
	for what, s := range pages(people["plain"]) {
		document(t, s).Find(`form[method="post"]`).Each(func(_ int, form *goquery.Selection) {
			if got := form.Find(`input[type="hidden"][name="_csrf"]`).AttrOr("value", ""); got != strings.Repeat("c", 86) {
				t.Errorf("%s: form %s carries the token %q", what, form.AttrOr("action", ""), got)
			}
			if hx := form.AttrOr("hx-post", form.AttrOr("action", "")); hx != form.AttrOr("action", "") {
				t.Errorf("%s: htmx posts to %s, the browser to %s", what, hx, form.AttrOr("action", ""))
			}
			if form.Find("button[disabled], [hx-disable]").Length() != 0 {
				t.Errorf("%s: a disabled button", what)
			}
		})
	}
}

func TestForms_Refused(t *testing.T) {
	for _, what := range []string{"register", "login", "profile", "password", "account"} {
		all := pages(people["plain"])
		fine, doc := document(t, all[what]), document(t, all[what+" refused"])
		if n := fine.Find("[data-errors], [aria-invalid], .error").Length(); n != 0 || strings.HasPrefix(fine.Find("title").Text(), "Error") {
			t.Errorf("%s: shows errors without any", what)
		}
		if !strings.HasPrefix(doc.Find("title").Text(), "Error: ") {
			t.Errorf("%s refused: title = %q", what, doc.Find("title").Text())
		}
		if doc.Find(`[data-errors][autofocus][tabindex="-1"] [role="alert"] li`).Length() == 0 {
			t.Errorf("%s refused: no summary that takes the focus", what)
		}
		doc.Find("[data-errors] a").Each(func(_ int, link *goquery.Selection) {
			id := strings.TrimPrefix(link.AttrOr("href", ""), "#")
			field := doc.Find("#" + id)
			if field.AttrOr("aria-invalid", "") != "true" || !slices.Contains(strings.Fields(field.AttrOr("aria-describedby", "")), id+"-error") {
				t.Errorf("%s refused: #%s does not say that it is refused", what, id)
			}
		})
		doc.Find(`input[type="password"]`).Each(func(_ int, field *goquery.Selection) {
			if _, has := field.Attr("value"); has {
				t.Errorf("%s refused: a password comes back", what)
			}
		})
	}
}

// Password managers go by these.
func TestForms_Autocomplete(t *testing.T) {
	want := map[string]map[string]string{
		"register": {"name": "name", "email": "username", "password": "new-password"},
		"login":    {"email": "username", "password": "current-password"},
		"password": {"username": "username", "current_password": "current-password", "password": "new-password"},
		"account":  {"username": "username", "current_password": "current-password"},
	}
	for what, fields := range want {
		got := map[string]string{}
		document(t, pages(people["plain"])[what]).Find("input[autocomplete]").Each(func(_ int, field *goquery.Selection) {
			got[field.AttrOr("name", "")] = field.AttrOr("autocomplete", "")
		})
		if diff := cmp.Diff(fields, got); diff != "" {
			t.Errorf("%s: autocomplete (-want +got):\n%s", what, diff)
		}
	}
}

func TestFlash_OnPageOrSwapped(t *testing.T) {
	p := sessions(chrome("/settings/sessions", &views.Viewer{Name: "Ada"}), "Firefox")
	p.Flash = &views.Flash{Tone: views.OK, Text: "That session is signed out."}
	page := document(t, sample{"accounts/sessions", p})
	if got := strings.TrimSpace(page.Find(`#flash[role="status"] [data-tone="ok"]`).Text()); got != p.Flash.Text {
		t.Errorf("page: flash = %q, want %q", got, p.Flash.Text)
	}
	if n := page.Find("hx-partial").Length(); n != 0 {
		t.Errorf("page: %d parts for htmx", n)
	}
	p.Partial = true
	fragment := document(t, sample{"accounts/_sessions_list", p})
	if got := strings.TrimSpace(fragment.Find(`hx-partial[hx-target="#flash"]`).Text()); got != p.Flash.Text {
		t.Errorf("fragment: flash = %q, want %q", got, p.Flash.Text)
	}
}

func TestSessions_EndOneOrTheOthers(t *testing.T) {
	doc := document(t, pages(people["plain"])["sessions"])
	var got []string
	doc.Find("tbody button").Each(func(_ int, b *goquery.Selection) { got = append(got, b.AttrOr("formaction", "")) })
	if diff := cmp.Diff([]string{"/settings/sessions/b/revoke", "/settings/sessions/c/revoke"}, got); diff != "" {
		t.Errorf("buttons (-want +got):\n%s", diff)
	}
	if n := document(t, pages(people["plain"])["sessions alone"]).Find("#sessions button").Length(); n != 0 {
		t.Errorf("%d buttons when nobody else is signed in", n)
	}
}

func TestSearchEngines(t *testing.T) {
	public := map[string]bool{"public/landing": true, "accounts/register": true, "accounts/login": true, "docs/api": true}
	for what, s := range pages(people["plain"]) {
		if !isPage(s) {
			continue
		}
		doc := document(t, s)
		hidden := doc.Find(`meta[name="robots"][content="noindex"]`).Length() == 1
		described := doc.Find(`meta[name="description"]`).AttrOr("content", "") != ""
		if hidden == public[s.name] || described != public[s.name] {
			t.Errorf("%s: noindex %v, description %v", what, hidden, described)
		}
	}
}

func TestTheme_OnlyKnownOnes(t *testing.T) {
	for given, want := range map[string]string{"": "system", "light": "light", "dark": "dark", `"><script>`: "system"} {
		if got := (views.Chrome{Theme: given}).Mode(); got != want {
			t.Errorf("Mode of %q = %q, want %q", given, got, want)
		}
	}
}

func TestInitials(t *testing.T) {
	for name, want := range map[string]string{"Ada Lovelace": "AL", "ada": "A", "Anna Maria van Dam": "AD", "🌿": "?", "": "?", "(éa) 7": "É7", "محمد علي": "مع"} {
		if got := (views.Viewer{Name: name}).Initials(); got != want {
			t.Errorf("Initials of %q = %q, want %q", name, got, want)
		}
	}
}

func TestErrorPage_SaysHowLong(t *testing.T) {
	for after, want := range map[time.Duration]string{
		0: "", time.Second: "Try again in 1 second.", 1500 * time.Millisecond: "Try again in 2 seconds.",
		time.Minute: "Try again in 1 minute.", 61 * time.Second: "Try again in 2 minutes.", 90 * time.Minute: "Try again in 2 hours.",
	} {
		if got := (views.ErrorPage{RetryAfter: after}).Wait(); got != want {
			t.Errorf("Wait of %v = %q, want %q", after, got, want)
		}
	}
}

func TestErrorPage_NeedsNothing(t *testing.T) {
	doc := document(t, sample{"errors/page", views.Explain(500)})
	if doc.Find("form").Length() != 0 {
		t.Error("a form without a token to send it with")
	}
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
		t.Error("the style sheet does not come from the prefix")
	}
	if strings.Contains(out.String(), `cdn.example/static/icons.`) {
		t.Error("the icons come from another origin, which browsers refuse")
	}
}

// A template that was escaped cannot be cloned any more. See Engine for why
// none may be left to its first use.
func TestEngine_EscapesAtOnce(t *testing.T) {
	fresh, err := views.Engine("")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range templates(t) {
		if _, err := fresh.Templates.Lookup(name).Clone(); err == nil {
			t.Errorf("%s is escaped on its first use", name)
		}
	}
}

// The engine copies templates without a lock; pages and fragments of all kinds
// at once must neither race nor write into each other's answer.
func TestRender_Concurrently(t *testing.T) {
	all := pages(people["long"])
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
					t.Errorf("%s: another answer under load (%v)", what, err)
				}
			})
		}
	}
	wg.Wait()
}

func TestDashboard_Size(t *testing.T) {
	if got := len(render(t, "accounts/dashboard", dashboard(people["plain"]))); got > 12<<10 {
		t.Errorf("the dashboard has %d bytes, more than 12 KiB", got)
	}
}

func BenchmarkDashboard(b *testing.B) {
	e, page := engine(b), dashboard(people["plain"])
	b.ReportAllocs()
	for b.Loop() {
		if err := e.Render(io.Discard, "accounts/dashboard", page); err != nil {
			b.Fatal(err)
		}
	}
}
