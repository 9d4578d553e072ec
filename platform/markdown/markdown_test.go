package markdown_test

import (
	"strings"
	"sync"
	"testing"
	"unicode"

	"github.com/PuerkitoBio/goquery"
	"pgregory.net/rapid"

	"stoa/platform/markdown"
)

func TestBioHTML(t *testing.T) {
	link := func(href, words string) string {
		return `<a href="` + href + `" rel="nofollow noopener">` + words + `</a>`
	}
	for _, c := range []struct{ name, in, want string }{
		{"empty", "", ""},
		{"blank", " \n\t", ""},
		{"paragraphs", "one\n\ntwo", "<p>one</p>\n<p>two</p>"},
		{"line break", "one\ntwo", "<p>one<br>\ntwo</p>"},
		{"emphasis", "*a* **b** `c<d`", "<p><em>a</em> <strong>b</strong> <code>c&lt;d</code></p>"},
		{"headings", "# a\n\n## b\n\n##### c", "<h3>a</h3>\n<h4>b</h4>\n<h6>c</h6>"},
		{"underlined heading", "a\n===", "<h3>a</h3>"},
		{"list", "3. a\n4. b", "<ol start=\"3\">\n<li>a</li>\n<li>b</li>\n</ol>"},
		{"code block", "```go\na<b\n```", "<pre><code>a&lt;b\n</code></pre>"},
		{"link", "[me](https://x.co/?a=1&b=2 \"title\")", "<p>" + link("https://x.co/?a=1&amp;b=2", "me") + "</p>"},
		{"http link", "[me](http://x.co)", "<p>" + link("http://x.co", "me") + "</p>"},
		{"mail link", "<ada@x.co>", "<p>" + link("mailto:ada@x.co", "ada@x.co") + "</p>"},
		{"bare address", "see https://x.co.", "<p>see " + link("https://x.co", "https://x.co") + ".</p>"},
		{"tag", `<script>alert(1)</script> <b onclick="x()">`, "<p>&lt;script&gt;alert(1)&lt;/script&gt; &lt;b onclick=&#34;x()&#34;&gt;</p>"},
		{"tag block", "<div>\n*a*\n</div>", "<p>&lt;div&gt;<br>\n<em>a</em><br>\n&lt;/div&gt;</p>"},
		{"comment", "a <!-- b --> c", "<p>a &lt;!-- b --&gt; c</p>"},
		{"script link", "[a](javascript:alert%281%29)", "<p>a</p>"},
		{"script link in capitals", "[a](JaVaScRiPt&#58;alert%281%29)", "<p>a</p>"},
		{"script link with a tab", "[a](<java\tscript:alert(1)>)", "<p>a</p>"},
		{"data link", "[a](data:text/html;base64,PHNjcmlwdD4=)", "<p>a</p>"},
		{"local link", "[a](/logout)", "<p>a</p>"},
		{"link without scheme", "[a](//evil.example)", "<p>a</p>"},
		{"quote in link", `[a](https://x.co/"onclick="x)`, "<p>" + link("https://x.co/%22onclick=%22x", "a") + "</p>"},
		{"picture", "a ![my *cat*](https://x.co/cat.png) b", "<p>a my <em>cat</em> b</p>"},
		{"picture in a link", "[![cat](https://x.co/c.png)](https://x.co)", "<p>" + link("https://x.co", "cat") + "</p>"},
		{"link definition", "[a]: https://x.co\n\n[a]", "<p>[a]: " + link("https://x.co", "https://x.co") + "</p>\n<p>[a]</p>"},
		{"not a link scheme", "ftp://x.co/a", "<p>ftp://x.co/a</p>"},
		{"not a link scheme in brackets", "a <ftp://x.co/a&b> b", "<p>a ftp://x.co/a&amp;b b</p>"},
		{"nested", strings.Repeat("> ", 15) + "*a*", strings.Repeat("<blockquote>\n", 15) + "<p><em>a</em></p>" + strings.Repeat("\n</blockquote>", 15)},
		{"too deep", strings.Repeat(">", 40) + "*a*<b>", "<pre>" + strings.Repeat("&gt;", 40) + "*a*&lt;b&gt;</pre>"},
	} {
		got := strings.TrimSpace(string(markdown.HTML(c.in)))
		if got != c.want {
			t.Errorf("%s: HTML(%.80q) =\n%s\nwant\n%s", c.name, c.in, got, c.want)
		}
	}
}

// allowed has the elements that the HTML may have, with their attributes.
var allowed = map[string]string{
	"p": "", "br": "", "hr": "", "strong": "", "em": "", "code": "", "pre": "", "blockquote": "", "ul": "", "ol": "start", "li": "",
	"h3": "", "h4": "", "h5": "", "h6": "", "a": "href rel", "html": "", "head": "", "body": "",
}

// checkHarmless checks that the HTML is small, and that a browser finds only text
// and allowed elements in it.
func checkHarmless(t rapid.TB, source string) {
	out := string(markdown.HTML(source))
	if len(out) > 40*len(source)+100 {
		t.Fatalf("HTML(%.80q) has %d bytes for %d", source, len(out), len(source))
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(out))
	if err != nil {
		t.Fatalf("HTML(%.80q) = %.200q: %v", source, out, err)
	}
	for _, element := range doc.Find("*").EachIter() {
		attributes, ok := allowed[goquery.NodeName(element)]
		if !ok {
			t.Fatalf("HTML(%.80q) = %.200q, has <%s>", source, out, goquery.NodeName(element))
		}
		for _, attribute := range element.Nodes[0].Attr {
			if !strings.Contains(attributes, attribute.Key) {
				t.Fatalf("HTML(%.80q) = %.200q, has attribute %s", source, out, attribute.Key)
			}
		}
	}
	for _, a := range doc.Find("a").EachIter() {
		checkLink(t, source, a)
	}
}

func checkLink(t rapid.TB, source string, a *goquery.Selection) {
	href, _ := a.Attr("href")
	scheme, _, ok := strings.Cut(href, ":")
	scheme = strings.ToLower(scheme)
	if !ok || scheme != "http" && scheme != "https" && scheme != "mailto" {
		t.Fatalf("HTML(%q) links to %q", source, href)
	}
	if rel, _ := a.Attr("rel"); rel != "nofollow noopener" {
		t.Fatalf("HTML(%q) links with rel=%q, want nofollow noopener", source, rel)
	}
	if strings.ContainsFunc(href, unicode.IsControl) {
		t.Fatalf("HTML(%q) links to %q, has control characters", source, href)
	}
}

func TestBioHTML_Property(t *testing.T) {
	piece := rapid.SampledFrom([]string{
		"a", " ", "\n", "\n\n", "    ", "# ", "* ", "- ", "1. ", "> ", "*", "**", "_", "`", "```\n", "[", "]", "(", ")", "![", "](", "<", ">", "&", "\"", "'",
		"https://x.co", "javascript:", "data:", "//", "mailto:a@x.co", "<a@x.co>", "<script>", "</script>", "<img src=x onerror=y>", "&#106;", "&colon;", "\\", "\t", "\u00a0", "\u2028", "é",
	})
	rapid.Check(t, func(t *rapid.T) {
		checkHarmless(t, strings.Join(rapid.SliceOfN(piece, 0, 60).Draw(t, "pieces"), ""))
	})
}

// The inputs have 2,000 characters and are expensive to render: nesting, unclosed
// brackets and marks, text that grows when escaped, repeated link references.
func TestBioHTML_Hostile(t *testing.T) {
	for _, piece := range []string{
		">", "> ", "- ", "* ", "1. ", "-\n", "#\n", "[", "![", "]", "[](", "[a](", "[[]](", "*", "**a ", "*a _b ", "_", "`", "``a ", "<", "<!--", "<a ", "&", "\"", "\\", "\\\n",
		"www.a.co ", "a@b.co ", "http://a.co ", "a.", "a@", "&amp;", "\t", "\n>", "  \n", "~", "|", ":",
	} {
		checkHarmless(t, strings.Repeat(piece, 2000/len(piece)))
	}
	checkHarmless(t, strings.Repeat("*", 999)+"a"+strings.Repeat("*", 999))
	checkHarmless(t, strings.Repeat("> ", 500)+strings.Repeat("- ", 500))
	checkHarmless(t, "[a]: https://x.co/"+strings.Repeat("b", 1000)+"\n\n"+strings.Repeat("[a]", 300))
	checkHarmless(t, strings.Repeat("*", 1000)+"a"+strings.Repeat("*", 999))
	checkHarmless(t, strings.Repeat("[", 1000)+strings.Repeat("](x)", 250))
}

func TestBioHTML_Concurrent(t *testing.T) {
	const source = "# a\n\n[b](https://x.co) ![c](d)"
	want := markdown.HTML(source)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 50 {
				if got := markdown.HTML(source); got != want {
					t.Errorf("HTML() = %.200q in parallel, want %q", got, want)
				}
			}
		})
	}
	wg.Wait()
}
