package chromium

import (
	"os"
	"testing"

	"stoa/test/rig"
)

// kit is the page with every component in every state.
var kit = []screen{
	{name: "kit", signedIn: true, reach: just("/dev/kit")},
	{name: "kit signed out", reach: just("/dev/kit"), state: true},
	{name: "kit with its menu open", signedIn: true, reach: kitMenu, state: true, modal: true},
	{name: "kit with its dialog open", signedIn: true, reach: kitDialog, state: true, modal: true},
}

// TestKit examines every component in every state. It takes long, and components
// change less often than pages.
func TestKit(t *testing.T) {
	if os.Getenv("KIT") == "" {
		t.Skip("every component in every state, theme and width takes long: `make kit`")
	}
	t.Parallel()
	examineAll(t, shared(t), kit)
}

// TestKit_Once examines the kit in the most common form, so that the ordinary run
// finds a broken component too.
func TestKit_Once(t *testing.T) {
	t.Parallel()
	tab, _ := newUser(t, shared(t))
	tab.Open("/dev/kit")
	tab.framed()
	tab.accessible("1280 px")
	tab.Size(320, 640)
	tab.readable("320 px")
	tab.Size(1280, 800)
	tab.walk()
}

func kitMenu(tab *Tab, _ rig.User) {
	tab.T.Helper()
	tab.Open("/dev/kit")
	tab.Click("details[data-menu] summary")
	tab.Await("the menu", `document.querySelector("details[data-menu]").open`)
}

func kitDialog(tab *Tab, _ rig.User) {
	tab.T.Helper()
	tab.Open("/dev/kit")
	tab.Click("main [data-confirm]")
	tab.Await("the dialog", `document.querySelector("dialog[open]") !== null`)
}
