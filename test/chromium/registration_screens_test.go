package chromium

import "stoa/test/rig"

var _ = declare(
	screen{name: "register refused", reach: refused("/register", registerForm, rig.Values{"name": "", "email": "ada", "password": "short"}), state: true, allow: status422},
)
