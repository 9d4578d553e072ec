package chromium

import (
	"strings"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"stoa/test/rig"
)

// find is a JavaScript function that finds an element by a selector, or by its
// label, as in "button=Save" and "link=Profile".
const find = `(name => {
	const said = /^(button|link)=(.*)$/.exec(name);
	if (!said) return document.querySelector(name);
	const kinds = said[1] === "link" ? "a[href]" : "button, summary";
	const words = e => (e.getAttribute("aria-label") ?? e.textContent).replace(/\s+/g, " ").trim();
	return [...document.querySelectorAll(kinds)].find(e => words(e) === said[2] && e.checkVisibility());
})`

// spot is the position of an element, or the reason why it cannot be clicked.
type spot struct {
	X, Y float64
	Why  string
}

const locate = `(name => {
	const e = ` + find + `(name);
	if (!e) return {Why: "there is no such element"};
	// During a transition between two pages, clicks are lost.
	if (!performance.getEntriesByType("paint").length || document.documentElement.matches(":active-view-transition")) {
		return {Why: "the page is still loading"};
	}
	e.scrollIntoView({block: "center", inline: "nearest", behavior: "instant"});
	const r = e.getClientRects()[0];
	if (!r || !r.width || !r.height) return {Why: "it has no size"};
	const x = r.x + r.width / 2, y = r.y + r.height / 2;
	const top = document.elementFromPoint(x, y);
	if (!top || !(e.contains(top) || top.contains(e) && top.closest("label, summary, button, a"))) {
		return {Why: "it is covered by " + (top ? top.outerHTML.slice(0, 120) : "nothing")};
	}
	return {X: x, Y: y};
})(%s)`

// Click clicks in the middle of the element that name finds, as soon as nothing
// covers it.
func (tab *Tab) Click(name string) {
	tab.T.Helper()
	at := tab.spot(name)
	tab.press(at, 1)
}

// DoubleClick clicks twice without a pause.
func (tab *Tab) DoubleClick(name string) {
	tab.T.Helper()
	at := tab.spot(name)
	tab.press(at, 1)
	tab.press(at, 2)
}

func (tab *Tab) spot(name string) spot {
	tab.T.Helper()
	var last, at spot
	script := fill(locate, []any{name})
	defer func() {
		if at.Why != "" {
			tab.T.Logf("%s: %s", name, at.Why)
		}
	}()
	tab.wait(name+" to be there and not move", func() bool {
		last = at
		var err error
		at, err = try[spot](tab, script)
		return err == nil && at.Why == "" && at == last
	})
	return at
}

func (tab *Tab) press(at spot, clicks int64) {
	tab.T.Helper()
	for _, kind := range []input.DispatchMouseEventType{input.DispatchMouseEventTypeMousePressed, input.DispatchMouseEventTypeMouseReleased} {
		call(tab, input.DispatchMouseEvent, input.DispatchMouseEventParams{
			Type: kind, X: at.X, Y: at.Y, Button: input.MouseButtonLeft, ClickCount: clicks,
		})
	}
}

// Type clicks into a field and replaces its text.
func (tab *Tab) Type(selector, text string) {
	tab.T.Helper()
	tab.Click(selector)
	// A page that has just loaded may move the focus after the click.
	tab.wait("the focus to be in "+selector, func() bool {
		inside, err := try[bool](tab, fill(`document.activeElement === document.querySelector(%s)`, []any{selector}))
		if err == nil && !inside {
			tab.Click(selector)
		}
		return inside
	})
	evaluate[bool](tab, `(document.activeElement.select(), true)`)
	if text == "" {
		tab.Key(kb.Delete)
		return
	}
	call(tab, input.InsertText, input.InsertTextParams{Text: text})
}

// Fill types into the fields of the form that selector finds, by their names.
func (tab *Tab) Fill(form string, values rig.Values) {
	tab.T.Helper()
	for name, value := range values {
		field := form + ` [name="` + name + `"]:not([type=hidden])`
		if evaluate[string](tab, `document.querySelector(%s)?.type ?? ""`, field) != "checkbox" {
			tab.Type(field, value)
			continue
		}
		if evaluate[bool](tab, `document.querySelector(%s).checked`, field) != (value != "") {
			tab.Click(field)
		}
	}
}

// Send fills a form and presses its button. It does not wait for the response.
func (tab *Tab) Send(form string, values rig.Values) {
	tab.T.Helper()
	tab.Fill(form, values)
	tab.Click(form + " button:not([type=button]):not([formaction])")
}

// Submit fills and sends a form and waits for the page that follows.
func (tab *Tab) Submit(form string, values rig.Values) {
	tab.T.Helper()
	tab.Follow("the response to "+form, func() { tab.Send(form, values) })
}

// Swap fills and sends a form that replaces a part of the page, and waits until
// selector finds a new element.
func (tab *Tab) Swap(form string, values rig.Values, selector string) {
	tab.T.Helper()
	tab.Fill(form, values)
	tab.Replaces(selector, func() { tab.Click(form + " button:not([type=button]):not([formaction])") })
}

// Replaces calls act and waits until selector finds another element than before.
func (tab *Tab) Replaces(selector string, act func()) {
	tab.T.Helper()
	evaluate[bool](tab, `(document.querySelectorAll(%s).forEach(e => e.classList.add("seen-before")), true)`, selector)
	loads, _ := tab.count()
	act()
	tab.Await(selector+" anew", `document.querySelector(%s) !== null`, selector+":not(.seen-before)")
	if after, _ := tab.count(); after != loads {
		tab.T.Fatalf("%s: a whole page was loaded, want a part of one", selector)
	}
}

// Key presses keys, one after the other.
func (tab *Tab) Key(keys string, modifiers ...chromedp.Modifier) {
	tab.T.Helper()
	tab.do(chromedp.KeyEvent(keys, chromedp.KeyModifiers(modifiers...)))
}

// Text returns the text that selector finds, with single spaces, as it is
// shown.
func (tab *Tab) Text(selector string) string {
	tab.T.Helper()
	return strings.Join(strings.Fields(evaluate[string](tab, `document.querySelector(%s)?.innerText ?? ""`, selector)), " ")
}

// Value returns the value of a field.
func (tab *Tab) Value(name string) string {
	tab.T.Helper()
	return evaluate[string](tab, `document.querySelector(%s).value`, `main [name="`+name+`"]`)
}

// Has reports whether selector finds a visible element.
func (tab *Tab) Has(selector string) bool {
	tab.T.Helper()
	return evaluate[bool](tab, `document.querySelector(%s)?.checkVisibility() ?? false`, selector)
}

// Focused returns the id of the element that has the focus, or else its tag.
func (tab *Tab) Focused() string {
	tab.T.Helper()
	return evaluate[string](tab, `document.activeElement.id || document.activeElement.tagName`)
}

// awaitMessage waits until the message of the page, which screen readers read
// out, contains the words.
func (tab *Tab) awaitMessage(words string) {
	tab.T.Helper()
	tab.Await("the message "+words, `(e => e?.role === "status" || e?.ariaLive ? e.innerText.includes(%s) : false)(document.querySelector("#flash"))`, words)
}

// awaitSaved waits for the message beside a button of the form in the element.
func (tab *Tab) awaitSaved(id, words string) {
	tab.T.Helper()
	tab.Await("the message "+words, `document.querySelector(%s)?.innerText.includes(%s)`, id+" .saved", words)
}
