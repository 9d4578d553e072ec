package chromium

import (
	"strings"

	"github.com/chromedp/cdproto/emulation"
)

// onPaper finds controls and navigation that a printed page shows.
const onPaper = `[...document.querySelectorAll("button, .skip, header nav, .footer")].filter(e => e.checkVisibility()).map(e => e.outerHTML.slice(0, 100))`

// media examines the page in forced colours, which users of high contrast have, and as
// it is printed.
func (tab *Tab) media() {
	tab.T.Helper()
	call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "forced-colors", Value: "active"}},
	})
	tab.awaitColors()
	tab.accessible("forced colours")
	call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	tab.readable("on paper")
	if shown := evaluate[[]string](tab, onPaper); len(shown) > 0 {
		tab.T.Errorf("on paper: controls are printed: %s", strings.Join(shown, "\n\t"))
	}
	call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{})
}
