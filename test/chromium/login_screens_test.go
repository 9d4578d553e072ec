package chromium

import "stoa/test/rig"

var _ = declare(
	screen{name: "login refused", reach: refused("/login", loginForm, rig.Values{"email": "nobody@example.com", "password": "not this one"}), state: true, allow: status422},
	screen{name: "login with a kept form", signedIn: true, reach: signedOutElsewhere, state: true, allow: []string{"status of 401"}},
	screen{name: "a form that is shown again", signedIn: true, reach: signedInAgain, state: true, allow: []string{"status of 401"}},
)

// signedOutElsewhere sends a form after its session has ended.
func signedOutElsewhere(tab *Tab, user rig.User) {
	tab.T.Helper()
	tab.Open("/settings/profile")
	other := tab.App.Browser(tab.T)
	other.SignIn(user)
	other.Open("/settings/sessions")
	other.Submit(sessionsForm).At("/settings/sessions")
	tab.Submit(profileForm, rig.Values{"bio": "typed, not saved"})
}

func signedInAgain(tab *Tab, user rig.User) {
	tab.T.Helper()
	signedOutElsewhere(tab, user)
	tab.Submit(loginForm, rig.Values{"email": user.Email, "password": user.Password})
}
