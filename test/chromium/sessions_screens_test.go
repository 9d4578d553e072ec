package chromium

import "stoa/test/rig"

var _ = declare(
	screen{name: "sessions", page: "/settings/sessions", signedIn: true, reach: withOthers},
	screen{name: "only session", signedIn: true, reach: just("/settings/sessions"), state: true},
	screen{name: "confirmation open", signedIn: true, reach: confirming, state: true, modal: true},
)

// withOthers opens the list of sessions of a user who is also signed in in another
// browser and in an API client.
func withOthers(tab *Tab, user rig.User) {
	tab.T.Helper()
	tab.App.Browser(tab.T).SignIn(user)
	tab.App.API(tab.T).Login(user)
	tab.Open("/settings/sessions")
}

func confirming(tab *Tab, user rig.User) {
	tab.T.Helper()
	withOthers(tab, user)
	tab.ask(sessionsForm + " [data-confirm]")
}
