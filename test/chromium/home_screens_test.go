package chromium

import "stoa/test/rig"

var _ = declare(
	screen{name: "home with a chart", signedIn: true, reach: attacked, state: true},
)

// attacked opens the home page after another browser has entered a wrong password for the
// account, with the figures of the chart as a table.
func attacked(tab *Tab, user rig.User) {
	tab.T.Helper()
	tab.App.API(tab.T).Login(user)
	stranger := tab.App.Browser(tab.T)
	stranger.Open("/login")
	stranger.Submit(rig.LoginForm, rig.Values{"email": user.Email, "password": "not this one at all"})
	tab.Open("/dashboard")
	tab.Click(".figures > summary")
	tab.Await("the table", `document.querySelector(".figures table").checkVisibility()`)
}
