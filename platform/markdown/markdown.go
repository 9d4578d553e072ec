// Package markdown renders Markdown from users as HTML that is safe in a page.
package markdown

import (
	"bytes"
	"html/template"
	"net/url"
	"regexp"
	"slices"
	"strings"
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

const maxDepth = 32 // nested nodes

// schemes are the URL schemes that links may have.
var schemes = []string{"http", "https", "mailto"}

// safeMarkdown renders Markdown and sanitizes the result. Both parts are safe for
// concurrent use once built.
type safeMarkdown struct {
	markdown goldmark.Markdown
	policy   *bluemonday.Policy
}

// safe is built at the first use, so that the start of the program does not wait
// for it.
var safe = sync.OnceValue(func() *safeMarkdown {
	return &safeMarkdown{newMarkdown(), newPolicy()}
})

// HTML returns the Markdown s as HTML, or "" for blank text. HTML tags in s are
// shown as text, headings begin at h3, and links have the scheme http, https or
// mailto.
func HTML(s string) template.HTML {
	if strings.TrimSpace(s) == "" {
		return ""
	}
	return safe().render(s)
}

// render returns the text as typed when it is nested deeper than maxDepth:
// browsers limit nesting to about 512 elements.
func (m *safeMarkdown) render(s string) template.HTML {
	source := []byte(s)
	doc := m.markdown.Parser().Parse(text.NewReader(source))
	var out bytes.Buffer
	if depth(doc) > maxDepth || m.markdown.Renderer().Render(&out, source, doc) != nil {
		return template.HTML("<pre>" + template.HTMLEscapeString(s) + "</pre>") // #nosec G203 -- escaped
	}
	return template.HTML(m.policy.SanitizeBytes(out.Bytes())) // #nosec G203 -- sanitized
}

// depth returns the greatest depth of nested nodes.
func depth(doc ast.Node) int {
	now, most := 0, 0
	_ = ast.Walk(doc, func(_ ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			now++
		} else {
			now--
		}
		most = max(most, now)
		return ast.WalkContinue, nil
	})
	return most
}

// newMarkdown returns CommonMark without two features. Without raw HTML, a tag is
// shown as typed. Without link reference definitions, output stays in proportion
// to input: each use of a reference repeats its whole URL, so that 2,000
// characters could become 300 KB.
func newMarkdown() goldmark.Markdown {
	return goldmark.New(
		goldmark.WithParser(parser.NewParser(
			parser.WithBlockParsers(withoutParsers(parser.DefaultBlockParsers(), parser.NewHTMLBlockParser())...),
			parser.WithInlineParsers(withoutParsers(parser.DefaultInlineParsers(), parser.NewRawHTMLParser())...),
			parser.WithASTTransformers(util.Prioritized(linkRewriter{}, 999)),
		)),
		goldmark.WithExtensions(extension.NewLinkify(extension.WithLinkifyAllowedProtocols([]string{"http:", "https:"}))),
		goldmark.WithRendererOptions(html.WithHardWraps()),
	)
}

func withoutParsers(all []util.PrioritizedValue, part any) []util.PrioritizedValue {
	var kept []util.PrioritizedValue
	for _, v := range all {
		if v.Value != part {
			kept = append(kept, v)
		}
	}
	return kept
}

// newPolicy returns the elements and attributes that the page may contain. The
// sanitizer removes all others, whatever HTML the renderer produces.
func newPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "strong", "em", "code", "pre", "blockquote", "ul", "ol", "li", "h3", "h4", "h5", "h6", "a")
	p.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("rel").Matching(regexp.MustCompile("^nofollow noopener$")).OnElements("a")
	p.AllowURLSchemes(schemes...)
	p.AllowRelativeURLs(false)
	p.RequireParseableURLs(true)
	p.RequireNoFollowOnLinks(true)
	return p
}

// linkRewriter changes headings, links and images of the document.
type linkRewriter struct{}

// Transform moves headings below the two levels of the page and adds rel to
// links. It replaces an image, and a link with another scheme, by its text: the
// page loads nothing from other sites (the CSP would block it).
func (linkRewriter) Transform(doc *ast.Document, reader text.Reader, _ parser.Context) {
	var bare []ast.Node // replaced after the walk, which needs the tree unchanged
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading:
			n.Level = min(n.Level+2, 6)
		case *ast.Image:
			bare = append(bare, n)
		case *ast.Link, *ast.AutoLink:
			n.SetAttributeString("rel", []byte("nofollow noopener"))
			if !isWebURL(n, reader.Source()) {
				bare = append(bare, n)
			}
		}
		return ast.WalkContinue, nil
	})
	for _, n := range bare {
		unwrap(n, reader.Source())
	}
}

// isWebURL reports whether the URL of a link has one of the schemes.
func isWebURL(n ast.Node, source []byte) bool {
	var to string
	switch n := n.(type) {
	case *ast.Link:
		to = string(n.Destination)
	case *ast.AutoLink:
		if to = string(n.URL(source)); n.AutoLinkType == ast.AutoLinkEmail {
			to = "mailto:" + to
		}
	}
	u, err := url.Parse(to)
	return err == nil && slices.Contains(schemes, u.Scheme)
}

// unwrap replaces n by its children, and an automatic link by its text.
func unwrap(n ast.Node, source []byte) {
	parent := n.Parent()
	if auto, ok := n.(*ast.AutoLink); ok {
		parent.InsertBefore(parent, n, ast.NewString(auto.Label(source)))
	}
	for child := n.FirstChild(); child != nil; child = n.FirstChild() {
		parent.InsertBefore(parent, n, child)
	}
	parent.RemoveChild(parent, n)
}
