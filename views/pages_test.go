package views_test

import (
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"stoa/views"
)

// document parses a rendered page. A frame gets its content.
func document(t testing.TB, s sample) *goquery.Document {
	t.Helper()
	html := render(t, s.name, s.page)
	if _, frame := s.page.(views.APIPage); frame {
		all := reference("text")
		html += render(t, "docs/_index", index(all, views.APINav{Nouns: all.Nouns, Chapters: all.Chapters})) + render(t, "shells/reference_bottom", s.page)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(html))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func isPage(s sample) bool { return !strings.Contains(s.name, "/_") }

func TestPages_Structure(t *testing.T) {
	for user, v := range testUsers {
		for what, s := range pages(v) {
			if !isPage(s) {
				continue
			}
			doc := document(t, s)
			for selector, want := range map[string]int{"h1": 1, "main#main": 1, `html[lang="en"][data-theme="dark"]`: 1, "title": 1, "body > .skip:first-child": 1, "hx-partial": 0} {
				if s.name == "errors/page" && strings.HasPrefix(selector, "html[") {
					continue // an error page may have no theme
				}
				if got := doc.Find(selector).Length(); got != want {
					t.Errorf("%s, %s: %d of %q, want %d", what, user, got, selector, want)
				}
			}
			if !strings.HasSuffix(doc.Find("title").Text(), " · Stoa") {
				t.Errorf("%s, %s: title = %q", what, user, doc.Find("title").Text())
			}
			identifiers(t, what, doc)
		}
	}
}

// identifiers checks that ids are unique and that all references to ids are valid.
func identifiers(t *testing.T, what string, doc *goquery.Document) {
	t.Helper()
	seen := map[string]bool{}
	doc.Find("[id]").Each(func(_ int, s *goquery.Selection) {
		id := s.AttrOr("id", "")
		if seen[id] {
			t.Errorf("%s: the id %q occurs twice", what, id)
		}
		seen[id] = true
	})
	for _, attr := range []string{"for", "aria-describedby", "aria-labelledby", "aria-controls", "data-reveal", "popovertarget"} {
		doc.Find("[" + attr + "]").Each(func(_ int, s *goquery.Selection) {
			for _, id := range strings.Fields(s.AttrOr(attr, "")) {
				if !seen[id] {
					t.Errorf("%s: %s refers to #%s, which does not exist", what, attr, id)
				}
			}
		})
	}
	doc.Find(`a[href^="#"]`).Each(func(_ int, s *goquery.Selection) {
		if id := strings.TrimPrefix(s.AttrOr("href", ""), "#"); !seen[id] {
			t.Errorf("%s: a link to #%s, which does not exist", what, id)
		}
	})
}

func TestPages_HostileInputIsText(t *testing.T) {
	for what, s := range pages(testUsers["hostile"]) {
		doc := document(t, s)
		if n := doc.Find(`script:not([src]), img:not([src^="/avatars/"], [src^="/static/"]), [onerror], [onclick]`).Length(); n != 0 {
			t.Errorf("%s: %d elements from user input", what, n)
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

func TestFlash_OnPageOrSwapped(t *testing.T) {
	p := sessions(chrome("/settings/sessions", &views.Viewer{Name: "Ada"}), "Firefox")
	p.Flash = &views.Flash{Tone: views.OK, Text: "That session is signed out."}
	page := document(t, sample{"accounts/sessions", p})
	if got := strings.TrimSpace(page.Find(`#flash[role="status"] [data-tone="ok"]`).Text()); got != p.Flash.Text {
		t.Errorf("page: flash = %q, want %q", got, p.Flash.Text)
	}
	if n := page.Find("hx-partial").Length(); n != 0 {
		t.Errorf("page: %d hx-partial elements, want none", n)
	}
	p.Partial = true
	fragment := document(t, sample{"accounts/_sessions_list", p})
	if got := strings.TrimSpace(fragment.Find(`hx-partial[hx-target="#flash"]`).Text()); got != p.Flash.Text {
		t.Errorf("fragment: flash = %q, want %q", got, p.Flash.Text)
	}
}

func TestSessions_EndOneOrTheOthers(t *testing.T) {
	doc := document(t, pages(testUsers["plain"])["sessions"])
	var got []string
	doc.Find(".list button").Each(func(_ int, b *goquery.Selection) { got = append(got, b.AttrOr("formaction", "")) })
	if diff := cmp.Diff([]string{"/settings/sessions/b/revoke", "/settings/sessions/c/revoke"}, got); diff != "" {
		t.Errorf("buttons (-want +got):\n%s", diff)
	}
	if n := document(t, pages(testUsers["plain"])["sessions alone"]).Find("#sessions button").Length(); n != 0 {
		t.Errorf("%d buttons without other sessions", n)
	}
}

func TestSearchEngines(t *testing.T) {
	public := map[string]bool{"public/landing": true, "accounts/register": true, "accounts/login": true, "accounts/reset_request": true, "shells/reference_top": true, "site/privacy": true, "site/terms": true, "site/changelog": true}
	for what, s := range pages(testUsers["plain"]) {
		if !isPage(s) {
			continue
		}
		doc := document(t, s)
		hidden := doc.Find(`meta[name="robots"][content="noindex"]`).Length() == 1
		described := doc.Find(`meta[name="description"]`).AttrOr("content", "") != ""
		if hidden == public[s.name] || described != public[s.name] {
			t.Errorf("%s: noindex %v, description %v", what, hidden, described)
		}
		if doc.Find(`meta[name="theme-color"]`).Length() == 0 {
			t.Errorf("%s: no theme-color", what)
		}
		if !public[s.name] {
			continue
		}
		for selector, attr := range map[string]string{
			`link[rel="canonical"]`: "href", `meta[property="og:url"]`: "content", `meta[property="og:image"]`: "content",
		} {
			if got := doc.Find(selector).AttrOr(attr, ""); !strings.HasPrefix(got, "https://stoa.example/") {
				t.Errorf("%s: %s = %q, want a URL of the site", what, selector, got)
			}
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

func TestErrorPage_RetryAfter(t *testing.T) {
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
		t.Error("the page has a form, but no CSRF token")
	}
}
