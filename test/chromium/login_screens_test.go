package chromium

import "stoa/test/rig"

var _ = declare(
	screen{name: "login refused", reach: refused("/login", loginForm, rig.Values{"email": "nobody@example.com", "password": "not this one"}), state: true, allow: status422},
)
