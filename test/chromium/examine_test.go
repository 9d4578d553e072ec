package chromium

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/emulation"

	"stoa/test/rig"
)

// TestScreens holds every screen, in both themes, to the bar: accessible and
// without sideways scroll at three widths, at double zoom and with text twice
// as large, with a frame, and with controls that can be hit by a finger and
// reached by the Tab key.
func TestScreens(t *testing.T) {
	t.Parallel()
	visit(t, shared(t), screens)
}

func visit(t *testing.T, app *rig.App, list []screen) {
	t.Helper()
	titles := &titles{of: map[string]string{}}
	for _, s := range list {
		for _, themes := range s.visits() {
			t.Run(s.name+"/"+strings.Join(themes, " and "), func(t *testing.T) {
				t.Parallel()
				tab, person := s.visitor(t, app)
				tab.Theme(themes[0])
				s.examine(tab, person, titles, themes...)
			})
		}
	}
}

// visits returns the themes of each visit: a page comes in both, as the server
// draws it; what a page has become is not reached a second time, and changes its
// theme in front of the visitor.
func (s screen) visits() [][]string {
	if s.state {
		return [][]string{{"light", "dark"}}
	}
	return [][]string{{"light"}, {"dark"}}
}

// visitor returns a tab of somebody who may see the screen.
func (s screen) visitor(t testing.TB, app *rig.App) (*Tab, rig.User) {
	t.Helper()
	if s.person {
		return newcomer(t, app)
	}
	return open(t, app), rig.User{}
}

func (s screen) examine(tab *Tab, person rig.User, titles *titles, themes ...string) {
	tab.T.Helper()
	tab.allow(s.allow...)
	tab.Size(s.sizes()[0], 800)
	s.reach(tab, person)
	title := tab.framed()
	if !s.state {
		titles.add(tab.T, s.name, title)
	}
	if got := ask[string](tab, `document.documentElement.dataset.theme`); got != themes[0] {
		tab.T.Errorf("the theme is %q, want %q", got, themes[0])
	}
	for _, theme := range themes {
		tab.repaint(theme)
		s.look(tab, theme)
	}
	if slices.Contains(themes, "light") && slices.Contains(s.sizes(), 1280) {
		s.stretch(tab)
	}
}

func (s screen) sizes() []int64 {
	if s.widths == nil {
		return everyWidth
	}
	return s.widths
}

// repaint gives the page a theme and waits until its colours have stopped.
func (tab *Tab) repaint(theme string) {
	tab.T.Helper()
	ask[string](tab, `(document.documentElement.dataset.theme = %s)`, theme)
	tab.Await("the colours", `document.getAnimations().length === 0`)
}

// look holds what there is to the bar at every width, and walks through it by
// the Tab key: in light at the first of them, in dark as on a phone.
func (s screen) look(tab *Tab, theme string) {
	tab.T.Helper()
	inTheWay := strings.HasSuffix(s.name, " open")
	tab.Size(s.sizes()[0], 800)
	if theme == "light" && !inTheWay {
		tab.walk()
	}
	for _, width := range s.sizes() {
		tab.Size(width, 800)
		when := fmt.Sprintf("%s, %d px", theme, width)
		tab.accessible(when)
		tab.readable(when)
		tab.bigEnough(when, 24, "a[href], button, summary, input:not([type=hidden]), textarea, select")
	}
	if theme == "dark" && !inTheWay {
		tab.walk()
	}
}

// stretch looks at the screen as people with weak eyes or large fingers do. It
// leaves the tab so.
func (s screen) stretch(tab *Tab) {
	tab.T.Helper()
	tab.Zoom()
	tab.readable("double zoom")
	for _, width := range []int64{1280, 320} {
		tab.Size(width, 800)
		tab.TextSize(32)
		tab.readable(fmt.Sprintf("double text at %d px", width))
	}
	tab.TextSize(16)
	tab.Fingers(320, 640)
	tab.fits("on a phone")
	tab.bigEnough("on a phone", 44, "button, summary, a.button, input:not([type=hidden]), textarea, select")
}

// titles are the titles of all pages, which tell them apart in a row of tabs.
type titles struct {
	mu sync.Mutex
	of map[string]string
}

func (all *titles) add(t testing.TB, name, title string) {
	t.Helper()
	all.mu.Lock()
	defer all.mu.Unlock()
	if other, taken := all.of[title]; taken && other != name {
		t.Errorf("the title %q is that of %s too", title, other)
	}
	all.of[title] = name
}

// TestTheme_System follows the system's own choice.
func TestTheme_System(t *testing.T) {
	t.Parallel()
	app := shared(t)
	for _, scheme := range []string{"light", "dark"} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			tab, _ := newcomer(t, app)
			call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
			})
			for _, path := range []string{"/dashboard", "/settings/sessions", "/docs/api"} {
				tab.Open(path)
				tab.accessible(path)
				if dark := ask[bool](tab, darkGround); dark != (scheme == "dark") {
					t.Errorf("%s: dark ground %v with a system that prefers %s", path, dark, scheme)
				}
			}
		})
	}
}

// TestMotion_Reduced looks for movement in front of somebody who asked for none.
func TestMotion_Reduced(t *testing.T) {
	t.Parallel()
	tab, _ := newcomer(t, shared(t))
	const moving = `[...document.querySelectorAll("*")].filter(e => {
		const s = getComputedStyle(e), longest = d => Math.max(...d.split(",").map(parseFloat));
		return longest(s.transitionDuration) > 0.01 || longest(s.animationDuration) > 0.01;
	}).map(e => e.outerHTML.slice(0, 100))`
	for _, path := range []string{"/dashboard", "/settings/sessions", "/dev/kit"} {
		tab.Open(path)
		if len(ask[[]string](tab, moving)) == 0 {
			t.Errorf("%s: nothing moves for anybody: this test looks for the wrong thing", path)
		}
		call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"}},
		})
		for _, where := range ask[[]string](tab, moving) {
			t.Errorf("%s: it moves: %s", path, where)
		}
		call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{})
	}
}

// darkGround asks the page's canvas which way its colours go.
const darkGround = `(() => {
	const c = document.createElement("canvas").getContext("2d");
	for (const e of [document.documentElement, document.body]) {
		c.fillStyle = getComputedStyle(e).backgroundColor;
		c.fillRect(0, 0, 1, 1);
	}
	return c.getImageData(0, 0, 1, 1).data[0] < 128;
})()`
