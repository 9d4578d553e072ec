package chromium

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
)

// frame is the part of a page that every page has.
type frame struct {
	Title, Lang  string
	H1, Mains    int
	Heading      string
	MainHasFocus bool
}

// framed fails the test unless the page has a title of its own, a language, one
// heading of the first level and one main part. It returns the title.
func (tab *Tab) framed() string {
	tab.T.Helper()
	f := evaluate[frame](tab, `({
		Title: document.title, Lang: document.documentElement.lang, H1: document.querySelectorAll("h1").length,
		Mains: document.querySelectorAll("main").length, Heading: document.querySelector("h1")?.innerText.trim() ?? "",
	})`)
	if name, ours := strings.CutSuffix(f.Title, " · Stoa"); !ours || name == "" {
		tab.T.Errorf("title %q, want \"Page · Stoa\"", f.Title)
	}
	if f.Lang != "en" || f.H1 != 1 || f.Mains != 1 || f.Heading == "" {
		tab.T.Errorf("lang %q, %d h1 %q, %d main, want en and one of each", f.Lang, f.H1, f.Heading, f.Mains)
	}
	return f.Title
}

// overflowing finds what is wider than the window: texts, and elements that have no such
// element or text within.
const overflowing = `(() => {
	const width = document.documentElement.clientWidth, page = document.scrollingElement.scrollWidth;
	if (page <= width) return [];
	const cut = e => { for (; e; e = e.parentElement) if (/auto|scroll|hidden|clip/.test(getComputedStyle(e).overflowX) && e !== document.body && e !== document.documentElement) return true };
	const wide = [];
	const past = (node, rects, parent) => {
		if (!parent.checkVisibility() || ![...rects].some(r => r.right > width + 0.5) || cut(parent)) return;
		if (!wide.some(found => node.contains(found))) wide.push(node);
	};
	const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let text; text = texts.nextNode();) {
		const range = document.createRange();
		range.selectNodeContents(text);
		past(text, range.getClientRects(), text.parentElement);
	}
	for (const e of [...document.querySelectorAll("body *")].reverse()) if (e.parentElement) past(e, [e.getBoundingClientRect()], e.parentElement);
	const name = n => n.nodeType === 3 ? "the text of " + n.parentElement.outerHTML.slice(0, 100) : n.outerHTML.slice(0, 100);
	return [page + " px in " + width, ...wide.slice(0, 5).map(name)];
})()`

// fits fails the test when the page scrolls sideways.
func (tab *Tab) fits(when string) {
	tab.T.Helper()
	if wide := evaluate[[]string](tab, overflowing); len(wide) > 0 {
		tab.T.Errorf("%s: the page scrolls sideways: %s", when, strings.Join(wide, "\n\t"))
	}
}

// clipped finds text that is cut off without an ellipsis because its box hides
// overflow.
const clipped = `[...document.querySelectorAll("body *")].filter(e => {
	const s = getComputedStyle(e), r = e.getBoundingClientRect();
	if (!e.checkVisibility() || r.width < 2 || r.height < 2 || !e.innerText?.trim()) return false;
	const hides = a => /hidden|clip/.test(a);
	return hides(s.overflowX) && e.scrollWidth > e.clientWidth + 1 && s.textOverflow !== "ellipsis" ||
		hides(s.overflowY) && e.scrollHeight > e.clientHeight + 1 && s.webkitLineClamp === "none";
}).map(e => e.outerHTML.slice(0, 120))`

// readable fails the test when the page scrolls sideways or cuts text off.
func (tab *Tab) readable(when string) {
	tab.T.Helper()
	tab.fits(when)
	for _, where := range evaluate[[]string](tab, clipped) {
		tab.T.Errorf("%s: text is cut off: %s", when, where)
	}
}

// small finds controls with a width or height below least CSS pixels.
// Links inside a sentence may be as high as its line (WCAG 2.5.8).
const small = `((least, which) => [...document.querySelectorAll(which)].filter(e => {
	const target = e.matches("input[type=checkbox], input[type=radio]") && e.labels[0] ? e.closest("div") : e;
	const r = target.getBoundingClientRect();
	if (!e.checkVisibility({visibilityProperty: true, opacityProperty: true}) || r.width < 2 || r.bottom < 0) return false;
	const inSentence = e.matches("a") && [...e.parentElement.childNodes].some(n => n.nodeType === 3 && n.data.trim());
	return !inSentence && (r.width < least - 0.5 || r.height < least - 0.5);
}).map(e => { const r = e.getBoundingClientRect(); return Math.round(r.width) + "x" + Math.round(r.height) + " " + e.outerHTML.slice(0, 120) }))(%s, %s)`

func (tab *Tab) bigEnough(when string, least int, which string) {
	tab.T.Helper()
	for _, where := range evaluate[[]string](tab, small, least, which) {
		tab.T.Errorf("%s: controls smaller than %d px: %s", when, least, where)
	}
}

// Zoom shows the page at double size in a window of 1280 pixels.
func (tab *Tab) Zoom() {
	tab.T.Helper()
	call(tab, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: 640, Height: 400, DeviceScaleFactor: 2})
}

// TextSize sets the browser's default text size, which is 16 pixels.
func (tab *Tab) TextSize(px int64) {
	tab.T.Helper()
	call(tab, page.SetFontSizes, page.SetFontSizesParams{FontSizes: &page.FontSizes{Standard: px, Fixed: px * 13 / 16}})
	tab.Await("the text to grow", `getComputedStyle(document.documentElement).fontSize === %s`, fmt.Sprintf("%dpx", px))
}

// Touch gives the tab the window and the touch screen of a phone.
func (tab *Tab) Touch(width, height int64) {
	tab.T.Helper()
	call(tab, emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{Enabled: true, MaxTouchPoints: 1})
	call(tab, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 2, Mobile: true})
	tab.Await("a coarse pointer", `matchMedia("(pointer: coarse)").matches`)
}

// The checks of this file find the faults of a page.
func TestFits_FindsFaults(t *testing.T) {
	t.Parallel()
	tab := open(t, shared(t))
	tab.Open("/login")
	evaluate[bool](tab, `(() => {
		const main = document.querySelector("main"), wide = document.createElement("p"), tiny = document.createElement("button");
		wide.textContent = "x".repeat(3000); tiny.textContent = "x"; tiny.style.cssText = "";
		main.append(wide, tiny);
		document.styleSheets[0].insertRule("main p { white-space: nowrap }", document.styleSheets[0].cssRules.length);
		return true;
	})()`)
	counter := &errorCounter{TB: t}
	tab.T = counter
	tab.fits("with faults")
	tab.bigEnough("with faults", 24, "button")
	tab.T = t
	if counter.errors != 2 {
		t.Fatalf("%d faults found in a page that is too wide and has a tiny button, want 2", counter.errors)
	}
}
