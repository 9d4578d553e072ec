package views

import (
	"fmt"
	htmltemplate "html/template"
	"io/fs"
	"regexp"
	"strings"
	texttemplate "text/template"
)

// Email has the data of the templates under mail/. Each kind of email has a .html
// and a .txt template with the same content. The texts are raw; the templates
// escape them.
type Email struct {
	Name     string // "" for an email address that the user has not verified
	URL      string // the one-time link, or ""
	Lifetime string // how long the link is valid: "24 hours"
	At       string // the time of the event, with its zone
	Device   string
	IP       string
	NewEmail string // "" like Name
	Base     string // the public URL of the site
	Subject  string // set by Render
}

// RenderedEmail is a rendered email.
type RenderedEmail struct{ Subject, Text, HTML string }

// gaps matches the empty lines that remain of empty parts.
var gaps = regexp.MustCompile(`\n{3,}`)

// EmailTemplates has the parsed templates of all kinds of emails.
type EmailTemplates struct {
	html *htmltemplate.Template
	text *texttemplate.Template
}

// ParseEmails parses and escapes the templates. It returns the first error in one
// of them.
func ParseEmails() (*EmailTemplates, error) {
	funcs := map[string]any{"address": Address}
	t := &EmailTemplates{html: htmltemplate.New("").Funcs(funcs), text: texttemplate.New("").Funcs(funcs)}
	return t, fs.WalkDir(FS, emails, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := FS.ReadFile(path)
		if err != nil {
			return err
		}
		if name, ok := strings.CutSuffix(path, ".html"); ok {
			_, err = t.html.New(name).Parse(string(content))
		} else {
			_, err = t.text.New(strings.TrimSuffix(path, ".txt")).Parse(strings.TrimSuffix(string(content), "\n"))
		}
		return err
	})
}

// Render returns the email of a kind. The first line of the .txt is its subject.
func (t *EmailTemplates) Render(kind string, m Email) (RenderedEmail, error) {
	var text, html strings.Builder
	if err := t.text.ExecuteTemplate(&text, "mail/"+kind, m); err != nil {
		return RenderedEmail{}, fmt.Errorf("views: %w", err)
	}
	head, body, _ := strings.Cut(text.String(), "\n\n")
	m.Subject = strings.TrimPrefix(head, "Subject: ")
	if err := t.html.ExecuteTemplate(&html, "mail/"+kind, m); err != nil {
		return RenderedEmail{}, fmt.Errorf("views: %w", err)
	}
	return RenderedEmail{Subject: m.Subject, Text: gaps.ReplaceAllString(body, "\n\n") + "\n", HTML: html.String()}, nil
}
