package views_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"stoa/views"
)

// kinds returns the kinds of emails that have templates.
func kinds(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("mail/[a-z]*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("mail/*.txt: %v, %v", files, err)
	}
	for i, file := range files {
		files[i] = strings.TrimSuffix(filepath.Base(file), ".txt")
	}
	return files
}

func emailTemplates(t *testing.T) *views.EmailTemplates {
	t.Helper()
	templates, err := views.ParseEmails()
	if err != nil {
		t.Fatal(err)
	}
	return templates
}

const oneTime = "https://stoa.test/verify-email?token=abc_DEF-123"

func renderEmail(t *testing.T, kind, name string) views.RenderedEmail {
	t.Helper()
	rendered, err := emailTemplates(t).Render(kind, views.Email{
		Name: name, URL: oneTime, Lifetime: "24 hours", At: "1 Mar 2026, 09:30 UTC", Device: "Firefox on Linux", IP: "203.0.113.7",
		NewEmail: "new@example.com", Base: "https://stoa.test",
	})
	if err != nil {
		t.Fatalf("%s: %v", kind, err)
	}
	return rendered
}

var spaces = regexp.MustCompile(`\s+`)

func oneLine(s string) string { return spaces.ReplaceAllString(s, " ") }

// The text contains all content of the HTML.
func TestMail_TextHasTheSameContent(t *testing.T) {
	for _, kind := range kinds(t) {
		rendered := renderEmail(t, kind, "Ada Lovelace")
		doc, err := goquery.NewDocumentFromReader(strings.NewReader(rendered.HTML))
		if err != nil {
			t.Fatal(err)
		}
		if h1 := doc.Find("h1"); h1.Length() != 1 || h1.Text() != rendered.Subject || doc.Find("title").Text() != rendered.Subject {
			t.Errorf("%s: heading %q and title %q, want the subject %q", kind, h1.Text(), doc.Find("title").Text(), rendered.Subject)
		}
		doc.Find("main > p:not(.brand):not(.plain), dd, main > footer").Each(func(_ int, p *goquery.Selection) {
			if text := oneLine(p.Text()); !strings.Contains(oneLine(rendered.Text), text) {
				t.Errorf("%s: the text lacks %q\n%s", kind, text, rendered.Text)
			}
		})
		doc.Find("a").Each(func(_ int, a *goquery.Selection) {
			if href := a.AttrOr("href", ""); !strings.Contains(rendered.Text, href) {
				t.Errorf("%s: the text lacks the link %s", kind, href)
			}
		})
		if hasLink := strings.Contains(rendered.Text, oneTime); hasLink != (doc.Find(`a.button[href="`+oneTime+`"]`).Length() == 1) {
			t.Errorf("%s: link in the text: %v; the HTML differs", kind, hasLink)
		}
		if strings.Contains(rendered.Text, "\n\n\n") || strings.Contains(rendered.Text+rendered.Subject, "{{") || !strings.HasPrefix(rendered.Text, "Hello Ada Lovelace,\n\n") {
			t.Errorf("%s: the text is\n%s", kind, rendered.Text)
		}
	}
}

// A name is shown as text in both bodies, also when it contains markup.
func TestMail_HostileNames(t *testing.T) {
	for what, name := range map[string]string{
		"long": strings.Repeat("W", 100), "rtl": "محمد بن عبد الله", "emoji": "🌿👩‍👩‍👧", "markup": `<b>"Ada' & {{.}}`, "apostrophe": "O'Brien",
	} {
		for _, kind := range kinds(t) {
			rendered := renderEmail(t, kind, name)
			doc, err := goquery.NewDocumentFromReader(strings.NewReader(rendered.HTML))
			if err != nil {
				t.Fatal(err)
			}
			if doc.Find("b, script, img").Length() != 0 || !strings.Contains(doc.Find("main").Text(), "Hello "+name+",") {
				t.Errorf("%s, %s: %s", kind, what, doc.Find("main").Text())
			}
			if !strings.HasPrefix(rendered.Text, "Hello "+name+",") || strings.Contains(rendered.Subject, name) {
				t.Errorf("%s, %s: %q\n%s", kind, what, rendered.Subject, rendered.Text)
			}
		}
	}
}

// Without facts, only their lines are left out.
func TestMail_WithoutFacts(t *testing.T) {
	for _, kind := range kinds(t) {
		rendered, err := emailTemplates(t).Render(kind, views.Email{Base: "https://stoa.test", URL: oneTime})
		if err != nil {
			t.Fatal(err)
		}
		for _, empty := range []string{"When", "Device:", "<dl>", ", for .", " to ."} {
			if strings.Contains(rendered.Text+rendered.HTML, empty) {
				t.Errorf("%s without facts contains %q\n%s", kind, empty, rendered.Text)
			}
		}
	}
}

func TestMail_UnknownKind(t *testing.T) {
	if _, err := emailTemplates(t).Render("nothing", views.Email{}); err == nil {
		t.Error("an email of an unknown kind was rendered")
	}
}
