package accounts

import (
	"bytes"
	"html/template"
	"net/url"
	"regexp"
	"slices"
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

const maxDepth = 32 // nodes within each other

// schemes are where links of a bio may lead.
var schemes = []string{"http", "https", "mailto"}

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

// render shows a text as it was typed when it is nested deeper than anybody
// writes: browsers stop at some 512 elements within each other.
func (m *safeMarkdown) render(s string) template.HTML {
	source := []byte(s)
	doc := m.markdown.Parser().Parse(text.NewReader(source))
	var out bytes.Buffer
	if depth(doc) > maxDepth || m.markdown.Renderer().Render(&out, source, doc) != nil {
		return template.HTML("<pre>" + template.HTMLEscapeString(s) + "</pre>") // #nosec G203 -- escaped
	}
	return template.HTML(m.policy.SanitizeBytes(out.Bytes())) // #nosec G203 -- sanitized
}

// depth returns how many nodes stand within each other at most.
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

// newMarkdown leaves two things of CommonMark out. Raw HTML: a tag is shown as
// it was typed. Link reference definitions: each use of a name repeats its
// whole address, so that 2,000 characters could become 300 KB.
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

// newPolicy is the second lock: what the page may contain, whatever the
// Markdown part lets through.
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

// linkRewriter makes the text fit into somebody else's page.
type linkRewriter struct{}

// Transform puts headings below the page's own two levels, marks links as not
// ours, and leaves only the words of a link to nowhere in the web and of a
// picture: the page loads nothing from elsewhere (the CSP would refuse it).
func (linkRewriter) Transform(doc *ast.Document, reader text.Reader, _ parser.Context) {
	var bare []ast.Node // changed after the walk, which goes by its place in the tree
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

// isWebURL reports whether a link leads to where links of a stranger may lead.
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

// unwrap puts the children of n in its place, or its text if it has none.
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
