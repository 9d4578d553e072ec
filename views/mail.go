package views

import (
	"embed"
	"fmt"
	htmltemplate "html/template"
	"io/fs"
	"regexp"
	"strings"
	texttemplate "text/template"

	"golang.org/x/text/unicode/norm"
)

// Email is what the templates under mail/ show, each kind of letter in a .html
// and a .txt that say the same. Texts are as they come: what needs escaping, a
// template escapes.
type Email struct {
	Name     string
	URL      string // the one-time link; empty in letters without one
	Lifetime string // how long it works: "24 hours"
	At       string // when it happened, with its zone
	Device   string
	IP       string
	NewEmail string
	Base     string // the public address of the site
	Subject  string // filled in by Render
}

// RenderedEmail is a rendered mail.
type RenderedEmail struct{ Subject, Text, HTML string }

// telling is what a stranger's name is likely to hold who wants our mail to say
// something for him: an address to visit.
var telling = regexp.MustCompile(`[/@:\\]|\pL\pM*[.。]\pL|(?i)\b(www|https?)\b`)

// invisible is what hides in between.
var invisible = regexp.MustCompile(`\p{Cf}`)

// Greeting returns the name to greet somebody by, or "" when it looks like a
// message: whoever registers with somebody else's address chooses the name that
// we would greet them by. Browsers take other dots and letters for those of an
// address, so what they stand for counts.
func (m Email) Greeting() string {
	if telling.MatchString(invisible.ReplaceAllString(norm.NFKC.String(m.Name), "")) {
		return ""
	}
	return m.Name
}

// gaps are what parts leave that had nothing to say.
var gaps = regexp.MustCompile(`\n{3,}`)

//go:embed mail/*.html mail/*.txt
var mailFS embed.FS

// EmailTemplates are the parsed templates of all kinds of mail.
type EmailTemplates struct {
	html *htmltemplate.Template
	text *texttemplate.Template
}

// ParseEmails parses and escapes the templates, or returns the first mistake
// in one of them.
func ParseEmails() (*EmailTemplates, error) {
	l := &EmailTemplates{html: htmltemplate.New(""), text: texttemplate.New("")}
	return l, fs.WalkDir(mailFS, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := mailFS.ReadFile(path)
		if err != nil {
			return err
		}
		if name, ok := strings.CutSuffix(path, ".html"); ok {
			_, err = l.html.New(name).Parse(string(content))
		} else {
			_, err = l.text.New(strings.TrimSuffix(path, ".txt")).Parse(strings.TrimSuffix(string(content), "\n"))
		}
		return err
	})
}

// Render returns the mail of a kind. The first line of the .txt is its subject.
func (l *EmailTemplates) Render(kind string, m Email) (RenderedEmail, error) {
	var text, html strings.Builder
	if err := l.text.ExecuteTemplate(&text, "mail/"+kind, m); err != nil {
		return RenderedEmail{}, fmt.Errorf("views: %w", err)
	}
	head, body, _ := strings.Cut(text.String(), "\n\n")
	m.Subject = strings.TrimPrefix(head, "Subject: ")
	if err := l.html.ExecuteTemplate(&html, "mail/"+kind, m); err != nil {
		return RenderedEmail{}, fmt.Errorf("views: %w", err)
	}
	return RenderedEmail{Subject: m.Subject, Text: gaps.ReplaceAllString(body, "\n\n") + "\n", HTML: html.String()}, nil
}
