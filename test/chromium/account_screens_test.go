package chromium

import "stoa/test/rig"

var _ = declare(
	screen{name: "account refused", signedIn: true, reach: refused("/settings/account", deleteForm, rig.Values{"current_password": "not this one"}), state: true, allow: status422},
	screen{name: "export refused", signedIn: true, reach: exporting, state: true, allow: status422},
)
