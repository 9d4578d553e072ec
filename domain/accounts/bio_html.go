package accounts

import (
	"bytes"
	"html/template"
	"regexp"
	"sync"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// safeMarkdown turns Markdown into HTML that may stand in a page. Both parts
// are safe for concurrent use once built.
type safeMarkdown struct {
	markdown goldmark.Markdown
	policy   *bluemonday.Policy
}

// markdown builds the parts at the first bio, so that the start does not wait
// for them.
var markdown = sync.OnceValue(func() *safeMarkdown {
	return &safeMarkdown{newMarkdown(), newPolicy()}
})

func (m *safeMarkdown) render(s string) template.HTML {
	var out bytes.Buffer
	if err := m.markdown.Convert([]byte(s), &out); err != nil {
		return template.HTML(template.HTMLEscapeString(s))
	}
	return template.HTML(m.policy.SanitizeBytes(out.Bytes())) // #nosec G203 -- sanitized
}

// newMarkdown leaves two things of CommonMark out. Raw HTML: a tag is shown as
// it was typed. Link reference definitions: each use of a name repeats its
// whole address, so that 2,000 characters could become 300 KB.
func newMarkdown() goldmark.Markdown {
	return goldmark.New(
		goldmark.WithParser(parser.NewParser(
			parser.WithBlockParsers(without(parser.DefaultBlockParsers(), parser.NewHTMLBlockParser())...),
			parser.WithInlineParsers(without(parser.DefaultInlineParsers(), parser.NewRawHTMLParser())...),
			parser.WithASTTransformers(util.Prioritized(guest{}, 999)),
		)),
		goldmark.WithExtensions(extension.Linkify),
		goldmark.WithRendererOptions(html.WithHardWraps()),
	)
}

func without(all []util.PrioritizedValue, part any) []util.PrioritizedValue {
	var kept []util.PrioritizedValue
	for _, v := range all {
		if v.Value != part {
			kept = append(kept, v)
		}
	}
	return kept
}

// newPolicy is the second lock: what the page may contain, whatever the
// Markdown part lets through.
func newPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "strong", "em", "code", "pre", "blockquote", "ul", "ol", "li", "h3", "h4", "h5", "h6", "a")
	p.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("rel").Matching(regexp.MustCompile("^nofollow noopener$")).OnElements("a")
	p.AllowURLSchemes("http", "https", "mailto")
	p.AllowRelativeURLs(false)
	p.RequireParseableURLs(true)
	p.RequireNoFollowOnLinks(true)
	return p
}

// guest makes the text fit into somebody else's page.
type guest struct{}

// Transform puts headings below the page's own two levels, marks links as not
// ours, and leaves of a picture its words: the page loads nothing from
// elsewhere (the CSP would refuse it).
func (guest) Transform(doc *ast.Document, _ text.Reader, _ parser.Context) {
	var pictures []*ast.Image
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.Heading:
			if entering {
				n.Level = min(n.Level+2, 6)
			}
		case *ast.Link, *ast.AutoLink:
			n.SetAttributeString("rel", []byte("nofollow noopener"))
		case *ast.Image:
			if entering {
				pictures = append(pictures, n)
			}
		}
		return ast.WalkContinue, nil
	})
	for _, picture := range pictures {
		unwrap(picture)
	}
}

// unwrap puts the children of n in its place.
func unwrap(n ast.Node) {
	parent := n.Parent()
	for child := n.FirstChild(); child != nil; child = n.FirstChild() {
		parent.InsertBefore(parent, n, child)
	}
	parent.RemoveChild(parent, n)
}
