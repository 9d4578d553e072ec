package chromium

import (
	"net/http"
	"testing"

	"stoa/test/rig"
)

// items returns the screens that each noun has: its list with items, its form filled
// and refused, and a deletion before and after its confirmation.
func items(t testing.TB) []screen {
	t.Helper()
	var all []screen
	for _, n := range rig.Nouns(t) {
		create, name := n.Page+"/new", n.Name()
		all = append(all,
			screen{name: name + " listed", signedIn: true, state: true, reach: withItems(n, n.Page)},
			screen{name: name + " searched in vain", signedIn: true, state: true, reach: withItems(n, n.Page+"?q=nothing+like+this")},
			screen{name: name + " edited", signedIn: true, state: true, reach: editing(n)},
			screen{name: name + " refused", signedIn: true, state: true, reach: refused(create, `form[action="`+create+`"]`, nil), allow: status422},
			screen{name: name + " to delete", signedIn: true, state: true, reach: deleting(n), modal: true},
			screen{name: name + " deleted", signedIn: true, state: true, reach: deleted(n)},
		)
	}
	return all
}

// withItems opens the path as a user with two items: the example of openapi.json, and
// one whose texts are as long as its fields allow.
func withItems(n rig.Noun, path string) func(*Tab, rig.User) {
	return func(tab *Tab, user rig.User) {
		tab.T.Helper()
		c := tab.App.API(tab.T)
		c.Login(user)
		c.Create(n.Call)
		c.Post(n.Call, n.Long(tab.App, tab.T, 200)).Is(http.StatusCreated)
		tab.Open(path)
	}
}

func editing(n rig.Noun) func(*Tab, rig.User) {
	return func(tab *Tab, user rig.User) {
		tab.T.Helper()
		withItems(n, n.Page)(tab, user)
		tab.Follow("the form", func() { tab.Click(`main a[href$="/edit"]`) })
	}
}

func deleting(n rig.Noun) func(*Tab, rig.User) {
	return func(tab *Tab, user rig.User) {
		tab.T.Helper()
		withItems(n, n.Page)(tab, user)
		tab.ask("tbody [data-confirm]")
	}
}

func deleted(n rig.Noun) func(*Tab, rig.User) {
	return func(tab *Tab, user rig.User) {
		tab.T.Helper()
		deleting(n)(tab, user)
		tab.Replaces("main table", func() { tab.Click("dialog [value=yes]") })
		tab.awaitMessage("deleted")
		tab.Await("the focus in the next row", `document.activeElement.closest("tbody tr") !== null`)
	}
}

// ask clicks a button that asks for a confirmation, and waits for its dialog.
func (tab *Tab) ask(button string) {
	tab.T.Helper()
	tab.Click(button)
	tab.Await("the dialog", `document.querySelector("dialog[open]") !== null`)
}
