package views

import (
	"cmp"
	"fmt"
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

// template returns the menu as list items of a template, in which . is the page or
// its Chrome.
func (m *menu) template() string {
	var items strings.Builder
	for _, e := range m.entries {
		item := fmt.Sprintf(`<li><a href="%s"{{if .Within %q}} aria-current="{{if .At %q}}page{{else}}true{{end}}"{{end}}>%s</a></li>`+"\n",
			template.HTMLEscapeString(e.Path), cmp.Or(e.Section, e.Path), e.Path, template.HTMLEscapeString(e.Label))
		if e.Dev {
			item = "{{if .Dev}}" + item + "{{end}}"
		}
		items.WriteString(item)
	}
	return items.String()
}
