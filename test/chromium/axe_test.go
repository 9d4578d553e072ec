package chromium

import (
	"github.com/chromedp/cdproto/accessibility"
	"os"
	"sync"
	"testing"
)

// axe is the source of axe-core, which finds faults in a page for users of
// assistive technology.
var axe = sync.OnceValues(func() (string, error) {
	source, err := os.ReadFile("../../node_modules/axe-core/axe.min.js")
	return string(source), err
})

// violation is a rule that a page breaks.
type violation struct {
	Rule  string
	Help  string
	Where []string
}

// thorough reports whether axe runs in every theme at every width, and for each
// operation of the API reference, as in `make prove`.
var thorough = os.Getenv("PROVE") == "long"

// sample is what axe examines. Of each group of operations in the API reference,
// which come from one template, it examines one.
var sample = map[bool]string{true: `document`, false: `{exclude: [[".ref-head ~ .op:nth-of-type(n+2)"]]}`}[thorough]

var runAxe = `axe.run(` + sample + `, {
	resultTypes: ["violations"],
	iframes: false, // the only one shows an email, where no script may run: see TestMail_Readable
	runOnly: {type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
	rules: {
		"target-size": {enabled: true},
		// The system replaces colours after the step that scripts can read.
		"color-contrast": {enabled: !matchMedia("(forced-colors: active)").matches},
	},
}).then(found => found.violations.map(v => ({
	Rule: v.id, Help: v.help, Where: v.nodes.map(n => n.target.join(" ") + ": " + n.failureSummary.replace(/\s+/g, " ")),
})))`

// accessible fails the test for every rule of WCAG 2.2 AA, and for every best
// practice of axe, that the page breaks in its present state.
func (tab *Tab) accessible(when string) {
	tab.T.Helper()
	source, err := axe()
	if err != nil {
		tab.T.Fatalf("axe-core is missing, `make setup` installs it: %v", err)
	}
	if !evaluate[bool](tab, `typeof axe === "object"`) {
		if _, err := try[any](tab, source+"; null"); err != nil {
			tab.T.Fatal(err)
		}
	}
	for _, v := range evaluate[[]violation](tab, runAxe) {
		for _, where := range v.Where {
			tab.T.Errorf("%s: axe %s (%s): %s", when, v.Rule, v.Help, where)
		}
	}
}

// The check finds the deliberate faults of a page.
func TestAxe_FindsFaults(t *testing.T) {
	t.Parallel()
	tab := open(t, shared(t))
	tab.Open("/login")
	evaluate[bool](tab, `(document.querySelector("label").remove(), document.documentElement.removeAttribute("lang"), true)`)
	counter := &errorCounter{TB: t}
	tab.T = counter
	tab.accessible("with faults")
	tab.T = t
	if counter.errors != 2 {
		t.Fatalf("axe finds %d faults in a page without a label and a language, want 2", counter.errors)
	}
}

// errorCounter counts errors instead of failing the test.
type errorCounter struct {
	testing.TB
	errors int
}

func (c *errorCounter) Errorf(string, ...any) { c.errors++ }

// roles counts the elements with a role in the accessibility tree, which screen
// readers read.
func (tab *Tab) roles(role string) int {
	tab.T.Helper()
	n := 0
	for _, node := range call(tab, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{}).Nodes {
		if !node.Ignored && node.Role != nil && string(node.Role.Value) == `"`+role+`"` {
			n++
		}
	}
	return n
}
