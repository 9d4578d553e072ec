package chromium

import (
	"os"
	"testing"

	"stoa/test/rig"
)

// kit is the page with every part in every state.
var kit = []screen{
	{name: "kit", person: true, reach: just("/dev/kit")},
	{name: "kit of a visitor", reach: just("/dev/kit"), state: true},
	{name: "kit with its menu open", person: true, reach: kitMenu, state: true},
	{name: "kit with its question open", person: true, reach: kitQuestion, state: true},
}

// TestKit holds every part in every state to the bar. It takes long, and parts
// change less often than pages.
func TestKit(t *testing.T) {
	if os.Getenv("KIT") == "" {
		t.Skip("every part in every state, theme and width takes long: `make kit`")
	}
	t.Parallel()
	visit(t, shared(t), kit)
}

// TestKit_Once looks at the kit as most people see it, so that a part that
// breaks is told by the ordinary run too.
func TestKit_Once(t *testing.T) {
	t.Parallel()
	tab, _ := newcomer(t, shared(t))
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

func kitQuestion(tab *Tab, _ rig.User) {
	tab.T.Helper()
	tab.Open("/dev/kit")
	tab.Click("main [data-confirm]")
	tab.Await("the question", `document.querySelector("dialog[open]") !== null`)
}
