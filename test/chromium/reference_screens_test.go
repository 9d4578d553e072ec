package chromium

import (
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"

	"stoa/test/rig"
)

// The most that a page of the API reference has.
const (
	mostReferencePixels = 10_000 // in a window of 1280 pixels
	mostReferencePaper  = 8      // printed pages
)

var _ = declare(
	screen{name: "reference, found", state: true, reach: just("/docs/api?q=sessions")},
	screen{name: "reference, nothing found", state: true, reach: just("/docs/api?q=" + strings.Repeat("nothing", 20))},
)

// nouns returns a screen for the page of each noun of the API reference.
func nouns(t testing.TB) []screen {
	t.Helper()
	doc, _, err := rig.Describe()
	if err != nil {
		t.Fatal(err)
	}
	var list []screen
	for _, tag := range doc.Tags {
		list = append(list, screen{name: "reference of " + tag.Name, reach: just(rig.ReferencePath(tag.Name))})
	}
	return list
}

// A page of the reference is short enough to be read and printed, also with everything
// open, and usable in forced colours.
func TestReference_IsShort(t *testing.T) {
	t.Parallel()
	app := shared(t)
	for _, s := range append(nouns(t), screen{name: "reference", reach: just("/docs/api")}) {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			tab := open(t, app)
			tab.Size(1280, 800)
			s.reach(tab, rig.User{})
			if height := evaluate[int](tab, `document.documentElement.scrollHeight`); height > mostReferencePixels {
				t.Errorf("%s is %d px high, want at most %d: split the noun", tab.Path(), height, mostReferencePixels)
			}
			evaluate[bool](tab, `(document.querySelectorAll("main details").forEach(d => d.open = true), true)`)
			printed := call(tab, page.PrintToPDF, page.PrintToPDFParams{})
			if n := len(pdfPage.FindAll(printed.Data, -1)); n == 0 || n > mostReferencePaper {
				t.Errorf("%s prints %d pages, want 1 to %d", tab.Path(), n, mostReferencePaper)
			}
			call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
			if got := evaluate[string](tab, inPrint); got != "" {
				t.Errorf("%s prints %s", tab.Path(), got)
			}
			call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{{Name: "forced-colors", Value: "active"}},
			})
			tab.accessible("forced colours")
		})
	}
}

var pdfPage = regexp.MustCompile(`/Type\s*/Page\b`)

// inPrint returns a control that paper does not need, or code that is cut off.
const inPrint = `(() => {
	const control = [...document.querySelectorAll("button, nav, form, .footer")].find(e => e.checkVisibility());
	const cut = [...document.querySelectorAll("pre")].find(e => e.scrollWidth > e.clientWidth + 1);
	return (control ?? cut)?.outerHTML.slice(0, 200) ?? "";
})()`

// A radio button changes the language of an example without a script. With one it
// changes all examples, and links to other pages keep the language.
func TestReference_Languages(t *testing.T) {
	t.Parallel()
	tab := open(t, shared(t))
	shown := func(want string) {
		t.Helper()
		tab.Await("examples in "+want, `(boxes => boxes.length > 1 && boxes.every(box => [...box.querySelectorAll("pre")].filter(p => p.checkVisibility()).map(p => p.dataset.lang).join() === %s))(
			[...document.querySelectorAll(".codebox:has([data-langs])")])`, want)
	}
	tab.Open("/docs/api/sessions")
	shown("curl")
	for _, lang := range []string{"js", "py"} {
		tab.Click(`[name="lang-listSessions"][value="` + lang + `"]`)
	}
	shown("py")
	tab.Follow("another noun", func() { tab.Click(`.ref-noun[href*="/docs/api/account"]`) })
	tab.At("/docs/api/account")
	shown("py")
	tab.NoScript()
	tab.Open("/docs/api/sessions?lang=go")
	tab.Script()
	shown("go")
	tab.Open("/docs/api/sessions?lang=nonsense")
	shown("curl")
}

// The list marks the operation that is read.
func TestReference_MarksTheOperation(t *testing.T) {
	t.Parallel()
	tab := open(t, shared(t))
	tab.Size(1280, 800)
	tab.Open("/docs/api/account#changePassword")
	tab.Await("the mark", `[...document.querySelectorAll(".ref-list [aria-current=true]")].map(a => a.hash).join() === "#changePassword"`)
}
