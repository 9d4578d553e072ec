package views

import (
	"net/url"
	"strings"
)

// SearchPage is accounts/search: the pages of the menus that have what was typed.
type SearchPage struct {
	Chrome
	Typed string
}

// Found are the pages of a menu that a search finds.
type Found struct {
	Label string
	Links []Link
}

// searched are the menus that the search page looks into.
var searched = []struct{ menu, label string }{{"main", "Pages"}, {"settings", "Settings"}, {"help", "Help"}}

// Title returns the title of the page.
func (SearchPage) Title() string { return "Search" }

// Field returns the search field.
func (p SearchPage) Field() Search {
	return Search{Path: "/search", Label: "Search or jump to…", Value: p.Typed}
}

// Found returns the pages by menu: all of them before something is typed, and the lists
// that can be searched for it.
func (p SearchPage) Found() []Found {
	var all []Found
	for _, m := range searched {
		found := Found{Label: m.label}
		for _, e := range menus[m.menu].entries {
			found.Links = append(found.Links, e.found(p.Typed)...)
		}
		if len(found.Links) > 0 {
			all = append(all, found)
		}
	}
	return all
}

// None says that nothing was found.
func (p SearchPage) None() Empty {
	return Empty{Text: "Nothing found for “" + p.Typed + "”.", Action: Link{Label: "Show all pages", Href: "/search"}}
}

// found returns the links of an entry for what was typed.
func (e Entry) found(typed string) []Link {
	var links []Link
	if strings.Contains(strings.ToLower(e.Label+" "+e.Words), strings.ToLower(typed)) {
		links = append(links, Link{Label: e.Label, Href: e.Path})
	}
	if e.Searched && typed != "" {
		links = append(links, Link{Label: "“" + typed + "” in " + e.Label, Href: e.Path + "?q=" + url.QueryEscape(typed)})
	}
	return links
}
