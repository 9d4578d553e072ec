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
	Icon        string // a name of Lucide, which the build adds to the sprite; "" has none
	Section     string // the entry is current on this page and those below it; Path when empty
	Words       string // by which the search page finds the entry, beside its label
	Searched    bool   // the page is a list that finds the parameter q; the search page leads to it
	Order       int    // entries are sorted by it; leave gaps of ten
	Help        []Help // of the page, for settings
}

// Help is a short answer that stands beside a page, and below it where there is no room.
type Help struct{ Title, Text string }

// menu is a list of entries in their order, with a label when it is not the only one of
// its navigation.
type menu struct {
	label   string
	entries []rendered
}

// rendered is an entry with the HTML around the attribute that marks the current one.
type rendered struct {
	Entry
	open, rest string
}

// The menus of the app. Only init functions add entries.
var (
	mainMenu, settingsMenu menu
	helpMenu               = menu{label: "Help"}
	developmentMenu        = menu{label: "Development"} // pages that exist only there
)

// menus are the names by which templates call the menus.
var menus = map[string]*menu{"main": &mainMenu, "help": &helpMenu, "development": &developmentMenu, "settings": &settingsMenu}

// The settings begin with the profile.
func init() {
	mainMenu.add(Entry{Label: "Settings", Path: "/settings/profile", Icon: "settings", Section: "/settings", Order: 80})
}

// add adds an entry.
func (m *menu) add(e Entry) {
	label := template.HTMLEscapeString(e.Label)
	if e.Icon != "" {
		label = string(icon(e.Icon)) + label
	}
	r := rendered{Entry: e, open: `<li><a href="` + template.HTMLEscapeString(e.Path) + `"`, rest: ">" + label + "</a></li>\n"}
	at, _ := slices.BinarySearchFunc(m.entries, r, func(a, b rendered) int { return cmp.Compare(a.Order, b.Order) })
	m.entries = slices.Insert(m.entries, at, r)
}

// Menu returns a menu as a list. It is one call, because each call of a method by a
// template costs about a microsecond. template.HTML is safe here: the labels and paths
// are constants, and escaped.
func (c Chrome) Menu(name string) template.HTML {
	m := menus[name]
	var list strings.Builder
	if m.label == "" {
		list.WriteString(`<ul class="nav">` + "\n")
	} else {
		list.WriteString(`<div><p class="nav-head" id="nav-` + name + `">` + m.label + `</p><ul class="nav" aria-labelledby="nav-` + name + `">` + "\n")
	}
	for _, e := range m.entries {
		list.WriteString(e.open)
		list.WriteString(c.current(e.Entry))
		list.WriteString(e.rest)
	}
	list.WriteString("</ul>\n")
	if m.label != "" {
		list.WriteString("</div>\n")
	}
	return template.HTML(list.String())
}

// Help returns the help of a page of the settings.
func (c Chrome) Help() []Help {
	for _, e := range settingsMenu.entries {
		if c.At(e.Path) {
			return e.Help
		}
	}
	return nil
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

// PageName returns the label of the entry that leads to the path, or to the nearest page
// above it, or "" when no menu does.
func PageName(path string) string {
	at, _, _ := strings.Cut(path, "?")
	label, longest := "", 0
	for _, m := range menus {
		for _, e := range m.entries {
			section := cmp.Or(e.Section, e.Path)
			if (Chrome{Path: at}).Within(section) && len(section) > longest {
				label, longest = e.Label, len(section)
			}
		}
	}
	return label
}
