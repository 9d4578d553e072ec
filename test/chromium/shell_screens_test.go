package chromium

import "stoa/test/rig"

var _ = declare(
	screen{name: "menu open", signedIn: true, reach: menuOpen, widths: []int64{768, 320}, state: true, modal: true},
)

func menuOpen(tab *Tab, _ rig.User) {
	tab.T.Helper()
	tab.Open("/dashboard")
	tab.Click("button=Menu")
	tab.Await("the menu", `document.querySelector(%s).checkVisibility()`, logoutForm+" button")
}
