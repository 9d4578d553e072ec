package chromium

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"

	"stoa/test/rig"
)

// names are user names that can break a layout.
var names = map[string]string{
	"one letter":    "X",
	"no space":      strings.Repeat("Wolfeschlegelsteinhausen", 4) + "berg",
	"ligatures":     strings.Repeat("w", 100),
	"many words":    strings.TrimSpace(strings.Repeat("Maria da Graça ", 7))[:99] + "z",
	"right-to-left": "عبد الرحمن بن محمد الفهد",
	"mixed":         "Ada שלום <b>King</b> \u202eevil",
	"emoji":         strings.Repeat("👩🏽‍🚀", 20),
	"combining":     "Z" + strings.Repeat("\u0336\u0352\u0308", 30),
	"no font":       "Z" + strings.Repeat("\u1ac7\u1acb", 40), // no line break between marks, and each is rendered as a box
}

// bios are texts of the greatest length that can break a layout.
var bios = map[string]string{
	"one letter":    "x",
	"no space":      strings.Repeat("x", 2000),
	"many words":    strings.TrimSpace(strings.Repeat("Long sentences wrap. ", 95)),
	"right-to-left": strings.Repeat("مرحبا بالعالم ", 140),
	"mixed":         "| a | b |\n|---|---|\n\n```\n" + strings.Repeat("code ", 350) + "\n```\n\n# " + strings.Repeat("h", 100),
	"emoji":         strings.Repeat("🏛️", 500),
	"no font":       "Z" + strings.Repeat("\u1ac7\u1acb", 400),
	"combining":     "[" + strings.Repeat("l", 200) + "](https://example.com/" + strings.Repeat("p", 1200) + ")",
}

// The layout works with every name and bio.
func TestNames(t *testing.T) {
	t.Parallel()
	tab, _ := newUser(t, shared(t))
	for kind, name := range names {
		t.Run(kind, func(part *testing.T) {
			tab.T = part
			defer func() { tab.T = t }()
			tab.Size(1280, 800)
			tab.Open("/settings/profile")
			tab.Swap(profileForm, rig.Values{"name": name, "bio": bios[kind]}, profileForm)
			if got := evaluate[bool](tab, `document.querySelector(%s) === null`, summary); !got {
				part.Fatalf("the profile is refused: %s", tab.Text(summary))
			}
			for _, path := range []string{"/settings/profile", "/dashboard"} {
				tab.Open(path)
				for _, width := range everyWidth {
					tab.Size(width, 800)
					tab.fits(path)
				}
				tab.standsApart(path)
			}
			tab.Click("button=Menu")
			tab.Await("the menu", `document.querySelector("#viewer").checkVisibility()`)
			tab.fits("with the menu open")
			tab.accessible("with the menu open")
		})
	}
}

// standsApart fails the test when an element overlaps the element after it.
func (tab *Tab) standsApart(when string) {
	tab.T.Helper()
	for _, where := range evaluate[[]string](tab, `[...document.querySelectorAll("main dl > div, main section, main .field, tbody tr, .list > li")].flatMap(e => {
		const next = e.nextElementSibling;
		if (!next || !e.checkVisibility() || !next.checkVisibility()) return [];
		const a = e.getBoundingClientRect(), b = next.getBoundingClientRect();
		const apart = a.bottom <= b.top + 1 || a.right <= b.left + 1 || b.right <= a.left + 1;
		return apart ? [] : [e.outerHTML.slice(0, 100)];
	})`) {
		tab.T.Errorf("%s: it overlaps the next element: %s", when, where)
	}
}

// Without JavaScript a page shows times in UTC, with JavaScript in the time zone of
// the browser.
func TestTimes(t *testing.T) {
	t.Parallel()
	tab, _ := newUser(t, shared(t))
	call(tab, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: "Asia/Kathmandu"})
	call(tab, emulation.SetLocaleOverride, emulation.SetLocaleOverrideParams{Locale: "en-GB"})
	signedIn := `[id^=session-] time`
	tab.NoScript()
	tab.Open("/settings/sessions")
	moment, err := time.Parse(time.RFC3339, evaluate[string](tab, `document.querySelector(%s).dateTime`, signedIn))
	if err != nil || time.Since(moment).Abs() > time.Hour {
		t.Fatalf("the time of the sign-in is %v, %v", moment, err)
	}
	plain := tab.Text(signedIn)
	if !strings.Contains(plain, "UTC") || !strings.Contains(plain, moment.UTC().Format("15:04")) {
		t.Errorf("without JavaScript the sign-in was at %q, want %s UTC", plain, moment.UTC().Format("15:04"))
	}
	tab.Script()
	tab.Open("/settings/sessions")
	local := moment.In(time.FixedZone("NPT", 5*3600+45*60)).Format("15:04")
	if got := tab.Text(signedIn); !strings.Contains(got, local) || strings.Contains(got, "UTC") {
		t.Errorf("with JavaScript the sign-in was at %q, want %s", got, local)
	}
	if got := evaluate[string](tab, `document.querySelector(%s).title`, signedIn); !strings.Contains(got, moment.In(time.FixedZone("", 5*3600+45*60)).Format("2006")) {
		t.Errorf("the exact time is %q, want the year in the time zone of the browser", got)
	}
	for _, path := range []string{"/dashboard", "/settings/sessions"} {
		tab.Open(path)
		if n := evaluate[int](tab, `[...document.querySelectorAll("time")].filter(e => isNaN(new Date(e.dateTime)) || !/Z$/.test(e.dateTime)).length`); n > 0 {
			t.Errorf("%s: %d times without a datetime in UTC", path, n)
		}
		if evaluate[int](tab, `document.querySelectorAll("time").length`) == 0 {
			t.Errorf("%s: no time element", path)
		}
	}
}

// On a phone a table shows its rows as blocks with labels. For screen readers it
// stays a table.
func TestTables(t *testing.T) {
	t.Parallel()
	tab, _ := newUser(t, shared(t))
	tab.Open("/dev/kit")
	const across = `[...document.querySelector(".stacked tbody tr").children].every((e, i, all) => !i || e.getBoundingClientRect().top === all[i-1].getBoundingClientRect().top)`
	if !evaluate[bool](tab, across) {
		t.Error("at 1280 px the cells of a row are not in a line")
	}
	tab.Size(320, 640)
	if evaluate[bool](tab, across) {
		t.Error("at 320 px the cells of a row are in a line, want one below the other")
	}
	if !evaluate[bool](tab, `[...document.querySelectorAll(".stacked tbody td")].filter(e => e.innerText.trim() && !e.querySelector("button")).every(e => getComputedStyle(e, "::before").content.includes(e.dataset.label))`) {
		t.Error("at 320 px a cell has no label")
	}
	for role, want := range map[string]int{"table": 1, "row": 3, "rowheader": 3} {
		if got := tab.roles(role); got < want {
			t.Errorf("at 320 px a screen reader finds %d of the role %s, want at least %d", got, role, want)
		}
	}
}
