package chromium

import "stoa/test/rig"

var _ = declare(
	screen{name: "password refused", signedIn: true, reach: refused("/settings/password", passwordForm, rig.Values{"current_password": "not this one", "password": "short"}), state: true, allow: status422},
)
