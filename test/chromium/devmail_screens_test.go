package chromium

import "stoa/test/rig"

var _ = declare(
	screen{name: "mailbox", reach: mail(""), state: true},
	screen{name: "mail", signedIn: true, reach: mail("?view=html"), state: true},
	screen{name: "mail as text", reach: mail("?view=text"), state: true},
	screen{name: "mail as source", reach: mail("?view=source"), state: true},
)

// mail opens a new email, or the list of all when view is empty.
func mail(view string) func(*Tab, rig.User) {
	return func(tab *Tab, _ rig.User) {
		tab.T.Helper()
		path := tab.App.Mailed(tab.T, "new_device", "Ada Lovelace")
		if view == "" {
			path = "/dev/mail"
		}
		tab.Open(path + view)
	}
}
