package views_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"stoa/views"
)

// kinds returns the kinds of mail that there are templates for.
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

func letters(t *testing.T) *views.EmailTemplates {
	t.Helper()
	l, err := views.ParseEmails()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

const oneTime = "https://stoa.test/verify-email?token=abc_DEF-123"

func letter(t *testing.T, kind, name string) views.RenderedEmail {
	t.Helper()
	made, err := letters(t).Render(kind, views.Email{
		Name: name, URL: oneTime, Lifetime: "24 hours", At: "1 Mar 2026, 09:30 UTC", Device: "Firefox on Linux", IP: "203.0.113.7",
		NewEmail: "new@example.com", Base: "https://stoa.test",
	})
	if err != nil {
		t.Fatalf("%s: %v", kind, err)
	}
	return made
}

var spaces = regexp.MustCompile(`\s+`)

func words(s string) string { return spaces.ReplaceAllString(s, " ") }

// Whoever reads the text misses nothing that stands in the HTML.
func TestMail_TextSaysTheSame(t *testing.T) {
	for _, kind := range kinds(t) {
		made := letter(t, kind, "Ada Lovelace")
		doc, err := goquery.NewDocumentFromReader(strings.NewReader(made.HTML))
		if err != nil {
			t.Fatal(err)
		}
		if h1 := doc.Find("h1"); h1.Length() != 1 || h1.Text() != made.Subject || doc.Find("title").Text() != made.Subject {
			t.Errorf("%s: heading %q and title %q, want the subject %q", kind, h1.Text(), doc.Find("title").Text(), made.Subject)
		}
		doc.Find("main > p:not(.brand):not(.plain), dd, main > footer").Each(func(_ int, p *goquery.Selection) {
			if said := words(p.Text()); !strings.Contains(words(made.Text), said) {
				t.Errorf("%s: the text lacks %q\n%s", kind, said, made.Text)
			}
		})
		doc.Find("a").Each(func(_ int, a *goquery.Selection) {
			if href := a.AttrOr("href", ""); !strings.Contains(made.Text, href) {
				t.Errorf("%s: the text lacks the link %s", kind, href)
			}
		})
		if hasLink := strings.Contains(made.Text, oneTime); hasLink != (doc.Find(`a.button[href="`+oneTime+`"]`).Length() == 1) {
			t.Errorf("%s: a link in the text %v, and not the same in the HTML", kind, hasLink)
		}
		if strings.Contains(made.Text, "\n\n\n") || strings.Contains(made.Text+made.Subject, "{{") || !strings.HasPrefix(made.Text, "Hello Ada Lovelace,\n\n") {
			t.Errorf("%s: the text is\n%s", kind, made.Text)
		}
	}
}

// A name is shown as it is and does nothing, in either body.
func TestMail_HostileNames(t *testing.T) {
	for who, name := range map[string]string{
		"long": strings.Repeat("W", 100), "rtl": "محمد بن عبد الله", "emoji": "🌿👩‍👩‍👧", "markup": `<b>"Ada' & {{.}}`, "apostrophe": "O'Brien",
	} {
		for _, kind := range kinds(t) {
			made := letter(t, kind, name)
			doc, err := goquery.NewDocumentFromReader(strings.NewReader(made.HTML))
			if err != nil {
				t.Fatal(err)
			}
			if doc.Find("b, script, img").Length() != 0 || !strings.Contains(doc.Find("main").Text(), "Hello "+name+",") {
				t.Errorf("%s, %s: %s", kind, who, doc.Find("main").Text())
			}
			if !strings.HasPrefix(made.Text, "Hello "+name+",") || strings.Contains(made.Subject, name) {
				t.Errorf("%s, %s: %q\n%s", kind, who, made.Subject, made.Text)
			}
		}
	}
}

// Whoever registers with somebody else's address does not get to write to them.
func TestMail_NamesThatAdvertiseAreLeftOut(t *testing.T) {
	for _, name := range []string{"You won at evil.example", "http://evil", "see evil.com/x", "WWW evil", "call me@evil", `evil\com`, "<a href=//evil>",
		"see evil．com", "see evil。com", "see evil․com", "see e\u200bv\u200bi\u200bl\u200b.\u200bcom", "ｗｗｗ evil"} {
		made := letter(t, "verify_email", name)
		if !strings.HasPrefix(made.Text, "Hello,\n") || strings.Contains(made.HTML, "evil") {
			t.Errorf("%q is greeted\n%s", name, made.Text)
		}
	}
}

// Without facts their lines are left out, and nothing else is.
func TestMail_WithoutFacts(t *testing.T) {
	for _, kind := range kinds(t) {
		made, err := letters(t).Render(kind, views.Email{Base: "https://stoa.test", URL: oneTime})
		if err != nil {
			t.Fatal(err)
		}
		for _, empty := range []string{"When", "With:", "<dl>", ", for .", " to ."} {
			if strings.Contains(made.Text+made.HTML, empty) {
				t.Errorf("%s without facts has %q\n%s", kind, empty, made.Text)
			}
		}
	}
}

func TestMail_UnknownKind(t *testing.T) {
	if _, err := letters(t).Render("nothing", views.Email{}); err == nil {
		t.Error("a mail of no kind was rendered")
	}
}
