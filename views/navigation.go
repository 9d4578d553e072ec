package views

import (
	"cmp"
	"slices"
)

// Entry is a link in a menu. Each resource declares its entries beside its pages.
type Entry struct {
	Label, Path string
	Section     string // the entry is also current on the pages below this path; "" for none
	Order       int    // entries are sorted by it; leave gaps of ten
	Dev         bool   // development only
}

// menu is a list of entries in their order.
type menu struct{ entries []Entry }

// The menus of the app. Only init functions add entries.
var mainMenu, settingsMenu menu

// The settings begin with the profile.
func init() {
	mainMenu.add(Entry{Label: "Settings", Path: "/settings/profile", Section: "/settings", Order: 80})
}

// add adds an entry.
func (m *menu) add(e Entry) {
	at, _ := slices.BinarySearchFunc(m.entries, e, func(a, b Entry) int { return cmp.Compare(a.Order, b.Order) })
	m.entries = slices.Insert(m.entries, at, e)
}

// MainMenu returns the entries of the main menu.
func (c Chrome) MainMenu() []Entry { return c.shown(mainMenu) }

// SettingsMenu returns the entries of the menu of the settings.
func (c Chrome) SettingsMenu() []Entry { return c.shown(settingsMenu) }

func (c Chrome) shown(m menu) []Entry {
	return slices.DeleteFunc(slices.Clone(m.entries), func(e Entry) bool { return e.Dev && !c.Dev })
}

// Current returns the value of aria-current for an entry: page for the page itself,
// true for a page of its section, and otherwise "".
func (c Chrome) Current(e Entry) string {
	switch {
	case c.At(e.Path):
		return "page"
	case e.Section != "" && c.Within(e.Section):
		return "true"
	}
	return ""
}
