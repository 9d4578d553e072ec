package chromium

import "stoa/test/rig"

var _ = declare(
	screen{name: "403", signedIn: true, reach: ofAnotherUser, allow: []string{"status of 403"}},
	screen{name: "404", reach: just("/nothing-here"), allow: status404},
	screen{name: "405", reach: unknownMethod, allow: []string{"status of 405"}},
	screen{name: "413", signedIn: true, reach: tooMuch, allow: []string{"status of 413"}},
	screen{name: "422", reach: unknownTheme, allow: status422},
)

// ofAnotherUser sends a form that was opened before another user signed in.
func ofAnotherUser(tab *Tab, _ rig.User) {
	tab.T.Helper()
	tab.NoScript()
	tab.Open("/settings/profile")
	b, _ := tab.App.RegisterBrowser(tab.T)
	tab.Take(b)
	tab.Submit(profileForm, rig.Values{"name": "Ada"})
	tab.Script()
}

// unknownMethod sends a form to a page that has none.
func unknownMethod(tab *Tab, _ rig.User) {
	tab.T.Helper()
	tab.Open("/")
	evaluate[bool](tab, `(document.querySelector(%s).action = "/docs/api", true)`, themeForm)
	tab.Follow("the response", func() { tab.Click("[name=theme][value=light]") })
}

// tooMuch sends a form of more than a mebibyte.
func tooMuch(tab *Tab, _ rig.User) {
	tab.T.Helper()
	tab.NoScript()
	tab.Open("/settings/profile")
	// In a hidden field: a browser takes minutes to wrap such a line.
	evaluate[bool](tab, `(document.querySelector(%s).value = "x".repeat(1200000), true)`, profileForm+" [name=_csrf]")
	tab.Follow("the response", func() { tab.Click(profileForm + " button") })
	tab.Script()
}

// unknownTheme sends a theme that does not exist.
func unknownTheme(tab *Tab, _ rig.User) {
	tab.T.Helper()
	tab.Open("/")
	evaluate[bool](tab, `(document.querySelector(%s).value = "sepia", true)`, themeForm+" [value=light]")
	tab.Follow("the response", func() { tab.Click(themeForm + " [value=sepia]") })
}
