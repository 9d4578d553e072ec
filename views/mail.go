package views

import (
	"fmt"
	htmltemplate "html/template"
	"io/fs"
	"regexp"
	"strings"
	texttemplate "text/template"

	"golang.org/x/text/unicode/norm"
)

// Email has the data of the templates under mail/. Each kind of email has a .html
// and a .txt template with the same content. The texts are raw; the templates
// escape them.
type Email struct {
	Name     string
	URL      string // the one-time link, or ""
	Lifetime string // how long the link is valid: "24 hours"
	At       string // the time of the event, with its zone
	Device   string
	IP       string
	NewEmail string
	Base     string // the public URL of the site
	Subject  string // set by Render
}

// RenderedEmail is a rendered email.
type RenderedEmail struct{ Subject, Text, HTML string }

// advertising matches names that contain a URL or a domain. An attacker registers
// with such a name to advertise it to the owner of the email address.
var advertising = regexp.MustCompile(`[/@:\\]|\pL\pM*[.。]\pL|(?i)\b(www|https?)\b`)

// invisible matches characters that can hide between visible ones.
var invisible = regexp.MustCompile(`\p{Cf}`)

// Greeting returns the name for the greeting, or "" when the name looks like an
// advertisement. An attacker can register with the email address of another user,
// and the name of that registration is in the greeting. Browsers accept other
// characters for the dots and letters of a domain, so the name is normalized
// before the check.
func (m Email) Greeting() string {
	if advertising.MatchString(invisible.ReplaceAllString(norm.NFKC.String(m.Name), "")) {
		return ""
	}
	return m.Name
}

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
	t := &EmailTemplates{html: htmltemplate.New(""), text: texttemplate.New("")}
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
