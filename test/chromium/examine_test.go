package chromium

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/emulation"

	"stoa/test/rig"
)

// TestScreens examines every screen in both themes. A screen is accessible and
// does not scroll sideways at three widths, at double zoom and with text twice as
// large. It is accessible in forced colours, and prints no controls. It has a title, a language, one heading and one main part. Its controls
// are large enough for a finger and reachable by the Tab key. A page transfers few
// bytes.
func TestScreens(t *testing.T) {
	t.Parallel()
	examineAll(t, shared(t), slices.Concat(pages(t), items(t), nouns(t), screens))
}

// examineAll examines each screen once: the server renders the dark theme, and the
// browser then changes to the light one.
func examineAll(t *testing.T, app *rig.App, list []screen) {
	t.Helper()
	titles := &titles{of: map[string]string{}}
	for _, s := range list {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			tab, user := s.tab(t, app)
			s.examine(tab, user, titles)
			if !s.state && !s.linked && s.allow == nil {
				tab.isLight()
				tab.worksWithoutScript()
			}
		})
	}
}

// worksWithoutScript loads the page again with JavaScript off and examines its frame.
func (tab *Tab) worksWithoutScript() {
	tab.T.Helper()
	path := tab.Path()
	tab.NoScript()
	tab.Open(path)
	tab.Script()
	tab.framed()
	tab.readable("without JavaScript")
}

// tab returns a tab that may open the screen, signed in if the screen needs it.
func (s screen) tab(t testing.TB, app *rig.App) (*Tab, rig.User) {
	t.Helper()
	if s.signedIn {
		return newUser(t, app)
	}
	return open(t, app), rig.User{}
}

func (s screen) examine(tab *Tab, user rig.User, titles *titles) {
	tab.T.Helper()
	tab.allow(s.allow...)
	tab.Theme("dark")
	tab.Size(s.sizes()[0], 800)
	s.reach(tab, user)
	title := tab.framed()
	if !s.state {
		titles.add(tab.T, s.name, title)
	}
	if got := evaluate[string](tab, `document.documentElement.dataset.theme`); got != "dark" {
		tab.T.Errorf("the theme is %q, want dark", got)
	}
	for _, theme := range []string{"dark", "light"} {
		tab.repaint(theme)
		s.look(tab, theme)
	}
	if !s.modal {
		tab.media()
	}
	if slices.Contains(s.sizes(), 1280) {
		s.stretch(tab)
	}
}

func (s screen) sizes() []int64 {
	if s.widths == nil {
		return everyWidth
	}
	return s.widths
}

// repaint changes the theme of the page.
func (tab *Tab) repaint(theme string) {
	tab.T.Helper()
	evaluate[string](tab, `(document.documentElement.dataset.theme = %s)`, theme)
	tab.awaitColors()
}

// awaitColors waits until the colors of the page no longer change.
func (tab *Tab) awaitColors() {
	tab.T.Helper()
	tab.Await("the colors", `document.getAnimations().length === 0`)
}

// look examines the page at every width. In the dark theme it walks through the
// page with the Tab key at the first width, in the light one at the last one; axe,
// which takes longest, runs there alone unless the examination is thorough.
func (s screen) look(tab *Tab, theme string) {
	tab.T.Helper()
	chosen := s.sizes()[0]
	if theme == "light" {
		chosen = s.sizes()[len(s.sizes())-1]
	}
	for _, width := range s.sizes() {
		tab.Size(width, 800)
		when := fmt.Sprintf("%s, %d px", theme, width)
		if width == chosen && !s.modal {
			tab.walk()
		}
		if width == chosen || thorough {
			tab.accessible(when)
		}
		tab.readable(when)
		tab.bigEnough(when, 24, "a[href], button, summary, input:not([type=hidden]), textarea, select")
	}
}

// stretch examines the screen with double zoom, with large text and on a touch
// screen. It does not reset the tab.
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
	tab.Touch(320, 640)
	tab.fits("on a phone")
	tab.bigEnough("on a phone", 44, "button, summary, a.button, input:not([type=hidden]), textarea, select")
}

// titles are the titles of all pages. Each page has its own, so that users
// can distinguish browser tabs.
type titles struct {
	mu sync.Mutex
	of map[string]string
}

func (all *titles) add(t testing.TB, name, title string) {
	t.Helper()
	all.mu.Lock()
	defer all.mu.Unlock()
	if other, taken := all.of[title]; taken && other != name {
		t.Errorf("the page %[2]s has the title %[1]q too", title, other)
	}
	all.of[title] = name
}

// The theme "system" follows the setting of the operating system.
func TestTheme_System(t *testing.T) {
	t.Parallel()
	tab, _ := newUser(t, shared(t))
	for _, path := range []string{"/dashboard", "/docs/api"} {
		tab.Open(path)
		for _, scheme := range []string{"light", "dark"} {
			tab.scheme(scheme)
			tab.awaitColors()
			if dark := evaluate[bool](tab, darkBackground); dark != (scheme == "dark") {
				t.Errorf("%s: dark background %v with a system that prefers %s", path, dark, scheme)
			}
			if path == "/dashboard" {
				tab.accessible(scheme)
			}
		}
	}
}

// Nothing on a page moves when the operating system asks for reduced motion.
func TestMotion_Reduced(t *testing.T) {
	t.Parallel()
	tab, _ := newUser(t, shared(t))
	const moving = `[...document.querySelectorAll("*")].filter(e => {
		const s = getComputedStyle(e), longest = d => Math.max(...d.split(",").map(parseFloat));
		return longest(s.transitionDuration) > 0.01 || longest(s.animationDuration) > 0.01;
	}).map(e => e.outerHTML.slice(0, 100))`
	for _, path := range []string{"/dashboard", "/settings/sessions", "/dev/kit"} {
		tab.Open(path)
		if len(evaluate[[]string](tab, moving)) == 0 {
			t.Errorf("%s: nothing moves without the setting either: this test finds no movement", path)
		}
		call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"}},
		})
		for _, where := range evaluate[[]string](tab, moving) {
			t.Errorf("%s: this moves: %s", path, where)
		}
		call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{})
	}
}

// darkBackground paints the background color of the page on a canvas and compares
// its red channel.
const darkBackground = `(() => {
	const c = document.createElement("canvas").getContext("2d");
	for (const e of [document.documentElement, document.body]) {
		c.fillStyle = getComputedStyle(e).backgroundColor;
		c.fillRect(0, 0, 1, 1);
	}
	return c.getImageData(0, 0, 1, 1).data[0] < 128;
})()`
