package views

import (
	"cmp"
	"html/template"
	"slices"
	"strings"
)

// Entry is a link in a menu. Each resource declares its entries beside its pages.
type Entry struct {
	Label, Path string
	Section     string // the entry is current on this page and those below it; Path when empty
	Order       int    // entries are sorted by it; leave gaps of ten
	Dev         bool   // development only
}

// menu is a list of entries in their order.
type menu struct{ entries []Entry }

// The menus of the app. Only init functions add entries.
var mainMenu, settingsMenu menu

// menus are the names by which templates call the menus.
var menus = map[string]*menu{"main": &mainMenu, "settings": &settingsMenu}

// The settings begin with the profile.
func init() {
	mainMenu.add(Entry{Label: "Settings", Path: "/settings/profile", Section: "/settings", Order: 80})
}

// add adds an entry.
func (m *menu) add(e Entry) {
	at, _ := slices.BinarySearchFunc(m.entries, e, func(a, b Entry) int { return cmp.Compare(a.Order, b.Order) })
	m.entries = slices.Insert(m.entries, at, e)
}

// Menu returns the entries of a menu as list items. It is one call, because each call
// of a method by a template costs about a microsecond. template.HTML is safe here: the
// labels and paths are constants, and escaped.
func (c Chrome) Menu(name string) template.HTML {
	var items strings.Builder
	for _, e := range menus[name].entries {
		if e.Dev && !c.Dev {
			continue
		}
		items.WriteString(`<li><a href="` + template.HTMLEscapeString(e.Path) + `"` + c.current(e) + `>` + template.HTMLEscapeString(e.Label) + "</a></li>\n")
	}
	return template.HTML(items.String())
}

// current returns the attribute that marks the entry of this page, or of a page above
// it, or "".
func (c Chrome) current(e Entry) string {
	switch {
	case c.At(e.Path):
		return ` aria-current="page"`
	case c.Within(cmp.Or(e.Section, e.Path)):
		return ` aria-current="true"`
	}
	return ""
}
