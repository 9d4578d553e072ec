package reference

import (
	"bytes"
	"html/template"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"go.yaml.in/yaml/v3"

	"stoa/views"
)

// prose returns the text under a key.
func (d description) prose(n *yaml.Node, key string) []views.Span { return prose(d.at(n, key).Value) }

// prose returns a text as one line. What stands between backquotes is code.
func prose(text string) []views.Span {
	var spans []views.Span
	for i, part := range strings.Split(strings.Join(strings.Fields(text), " "), "`") {
		if part != "" {
			spans = append(spans, views.Span{Class: []string{"", "code"}[i%2], Text: part})
		}
	}
	return spans
}

// split returns the text before the first heading of a Markdown text, and its chapters,
// which begin with "## ". The text is a part of the program, so its HTML is safe.
func split(markdown string) (lead string, chapters []views.APIChapter, err error) {
	lead, rest, _ := strings.Cut(markdown, "\n## ")
	renderer := goldmark.New(goldmark.WithExtensions(extension.Table))
	for chapter := range strings.SplitSeq(rest, "\n## ") {
		title, text, _ := strings.Cut(chapter, "\n")
		var html bytes.Buffer
		if err := renderer.Convert([]byte(text), &html); err != nil {
			return "", nil, err
		}
		chapters = append(chapters, views.APIChapter{
			ID: slug(title), Title: title, HTML: template.HTML(html.String()), // #nosec G203 -- no user wrote it
		})
	}
	return lead, chapters, nil
}
