package chromium

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"

	"stoa/test/rig"
)

// stops lists the elements at which the Tab key must stop, in the order of the
// page. A radio group counts once.
const stops = `(() => {
	const groups = new Set();
	window.stops = [...document.querySelectorAll("a[href], button, summary, input:not([type=hidden]), textarea, select, [tabindex]")].filter(e => {
		if (e.tabIndex < 0 || e.disabled || !e.checkVisibility({visibilityProperty: true})) return false;
		if (e.type !== "radio") return true;
		const group = [...document.getElementsByName(e.name)].some(o => o.checked) ? e.checked : !groups.has(e.name);
		groups.add(e.name);
		return group;
	});
	const look = e => { const s = getComputedStyle(e); return [s.outlineStyle, s.outlineWidth, s.boxShadow].join() };
	document.activeElement.blur();
	window.plain = new Map(window.stops.map(e => [e, look(e)]));
	window.word = e => e.tagName.toLowerCase() + " " + (e.getAttribute("aria-label") || e.textContent || e.name || e.id).replace(/\s+/g, " ").trim().slice(0, 40);
	window.ringed = () => {
		const e = document.activeElement, s = getComputedStyle(e);
		const outlined = s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2;
		return look(e) !== plain.get(e) && (outlined || s.boxShadow !== "none");
	};
	return window.stops.map(word);
})()`

// stop is an element that has the focus.
type stop struct {
	Word                 string
	Ringed, InView, Date bool
}

// walk presses Tab from the top of the page to its end, and fails the test when a
// control is left out, is out of order or does not show that it has the focus.
// The first control is the link that skips the navigation.
func (tab *Tab) walk() {
	tab.T.Helper()
	// The browser gives the focus to the summary of a refused form with the next frame.
	evaluate[bool](tab, `new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))`)
	want := evaluate[[]string](tab, stops)
	// Start from the top, independent of the present focus.
	evaluate[bool](tab, `(document.body.tabIndex = -1, document.body.focus(), document.body.removeAttribute("tabindex"), scrollTo(0, 0), true)`)
	var got []string
	for presses := 0; len(got) < len(want) && presses < 2*len(want)+20; presses++ {
		tab.Key(kb.Tab)
		at := evaluate[stop](tab, `({Word: word(document.activeElement), Date: document.activeElement.type === "datetime-local", Ringed: !plain.has(document.activeElement) || ringed(), InView: `+inView+`})`)
		if at.Date && len(got) > 0 && at.Word == got[len(got)-1] {
			continue // each part of a date is a stop of its own
		}
		got = append(got, at.Word)
		if !at.Ringed {
			tab.T.Errorf("%s has the focus and does not show it", at.Word)
		}
		if !at.InView {
			tab.T.Errorf("%s has the focus and is not in the window", at.Word)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		tab.T.Errorf("the stops of the Tab key (-controls of the page +actual stops):\n%s", diff)
	}
	if len(got) > 0 && got[0] != "a Skip to content" {
		tab.T.Errorf("the first stop is %q, want the skip link", got[0])
	}
}

const inView = `(() => {
	const r = document.activeElement.getBoundingClientRect();
	return r.bottom > 0 && r.top < innerHeight && r.right > 0 && r.left < innerWidth;
})()`

// The first link of a page skips the navigation.
func TestKeyboard_SkipLink(t *testing.T) {
	t.Parallel()
	tab, _ := newUser(t, shared(t))
	for _, path := range []string{"/dashboard", "/docs/api"} {
		tab.Open(path)
		tab.Key(kb.Tab)
		if !evaluate[bool](tab, inView) {
			t.Errorf("%s: the skip link has the focus and is not visible", path)
		}
		tab.Key(kb.Enter)
		tab.Await("the focus in the main part", `document.activeElement.id === "main"`)
		tab.Key(kb.Tab)
		if !evaluate[bool](tab, `document.querySelector("main").contains(document.activeElement)`) {
			t.Errorf("%s: after the skip link the next stop is %s, want one in the main part", path, tab.Focused())
		}
	}
}

// The menu on a phone opens and closes by keys.
func TestKeyboard_Menu(t *testing.T) {
	t.Parallel()
	tab, _ := newUser(t, shared(t))
	tab.Size(320, 640)
	tab.Open("/dashboard")
	signOut := `document.querySelector('form[action="/logout"] button').checkVisibility()`
	tab.until("button Menu")
	for _, key := range []string{kb.Enter, " "} {
		tab.Key(key)
		tab.Await("the menu", signOut)
		for _, want := range []string{"Close", "Search or jump to…", "Home"} {
			tab.Key(kb.Tab)
			if got := evaluate[string](tab, `document.activeElement.innerText.trim()`); !strings.HasPrefix(got, want) {
				t.Errorf("the next stop in the menu is %q, want %s", got, want)
			}
		}
		tab.Key(kb.Escape)
		tab.Await("the menu to close", "!"+signOut)
		if got := evaluate[string](tab, `document.activeElement.innerText.trim()`); got != "Menu" {
			t.Errorf("after Escape the focus is on %q, want the button of the menu", got)
		}
	}
}

// until presses Tab until the element with the name has the focus.
func (tab *Tab) until(name string) {
	tab.T.Helper()
	evaluate[[]string](tab, stops)
	for range 60 {
		tab.Key(kb.Tab)
		if evaluate[string](tab, `word(document.activeElement)`) == name {
			return
		}
	}
	tab.T.Fatalf("the Tab key does not reach %s", name)
}

// A dialog can be canceled and confirmed by keys.
func TestKeyboard_Confirmation(t *testing.T) {
	t.Parallel()
	tab, user := newUser(t, shared(t))
	withOthers(tab, user)
	_, requests := tab.count()
	tab.until("button Sign out 2 other sessions")
	tab.Key(kb.Enter)
	tab.Await("the dialog", `document.querySelector("dialog[open]") !== null`)
	if got := evaluate[string](tab, `document.activeElement.innerText.trim()`); got != "Cancel" {
		t.Errorf("the dialog opens with the focus on %q, want the button that changes nothing", got)
	}
	for range 4 {
		tab.Key(kb.Tab)
		if !evaluate[bool](tab, `document.activeElement === document.body || document.querySelector("dialog[open]").contains(document.activeElement)`) {
			t.Fatalf("the focus leaves the open dialog for %s", tab.Focused())
		}
	}
	tab.Key(kb.Escape)
	tab.Await("the dialog to close", `document.querySelector("dialog[open]") === null`)
	if got := evaluate[string](tab, `word(document.activeElement)`); got != "button Sign out 2 other sessions" {
		t.Errorf("after Escape the focus is on %q, want the button that opened the dialog", got)
	}
	if sent := posts(tab.since(requests)); len(sent) > 0 {
		t.Fatalf("Escape sent %v", sent)
	}

	tab.Key(kb.Enter)
	tab.Await("the dialog", `document.querySelector("dialog[open]") !== null`)
	tab.Replaces(sessionsForm, func() {
		tab.Key(kb.Tab, chromedp.ModifierShift)
		tab.Key(kb.Enter)
	})
	tab.Await("one session", `document.querySelectorAll("[id^=session-]").length === 1`)
	tab.keepsFocus("after signing the others out")
}

// keepsFocus fails the test when no element has the focus.
func (tab *Tab) keepsFocus(when string) {
	tab.T.Helper()
	if tab.Focused() == "BODY" {
		tab.T.Errorf("%s no element has the focus", when)
	}
}

// The summary of a refused form gets the focus and links to each invalid field,
// with and without JavaScript.
func TestKeyboard_Summary(t *testing.T) {
	t.Parallel()
	app := shared(t)
	wrong := rig.Values{"name": "", "email": "ada", "password": "short"}
	for _, script := range []bool{true, false} {
		name := map[bool]string{true: "script", false: "no script"}[script]
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tab := open(t, app)
			tab.allow(status422...)
			if script {
				tab.Open("/register")
				tab.Swap(registerForm, wrong, summary)
			} else {
				tab.NoScript()
				tab.Open("/register")
				tab.Submit(registerForm, wrong)
			}
			tab.Await("the focus on the summary", summaryFocused, summary)
			for _, field := range []string{"name", "email", "password"} {
				tab.Click(summary + ` a[href="#` + field + `"]`)
				tab.Await("the focus in "+field, `document.activeElement.name === %s`, field)
			}
		})
	}
}

// The focus stays in the list while sessions are revoked by keys.
func TestKeyboard_Revoke(t *testing.T) {
	t.Parallel()
	tab, user := newUser(t, shared(t))
	withOthers(tab, user)
	for rows := 3; rows > 1; rows-- {
		row := `[formaction$="/revoke"]`
		evaluate[bool](tab, `(document.querySelector(%s).focus(), true)`, row)
		tab.Replaces(sessionsForm, func() { tab.Key(kb.Enter) })
		tab.Await("one row less", `document.querySelectorAll("[id^=session-]").length === %s`, rows-1)
		tab.keepsFocus("after ending a session")
	}
	tab.awaitMessage("signed out")
}

// The walk finds missing focus rings, and a control out of order.
func TestKeyboard_FindsFaults(t *testing.T) {
	t.Parallel()
	tab := open(t, shared(t))
	tab.Open("/login")
	evaluate[bool](tab, `(document.styleSheets[0].insertRule("* { outline: none !important; box-shadow: none !important }", 0), true)`)
	counter := &errorCounter{TB: t}
	tab.T = counter
	tab.walk()
	if stops := evaluate[int](tab, `stops.length`); counter.errors != stops {
		t.Errorf("%d faults found in %d stops without a ring", counter.errors, stops)
	}
	tab.Open("/login")
	evaluate[bool](tab, `(document.querySelector("[name=password]").tabIndex = 1, true)`)
	counter.errors = 0
	tab.walk()
	tab.T = t
	if counter.errors != 1 {
		t.Errorf("%d faults found in a page with a field out of order, want 1", counter.errors)
	}
}
