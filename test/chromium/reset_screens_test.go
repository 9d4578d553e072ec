package chromium

import "stoa/test/rig"

var _ = declare(
	screen{name: "reset", page: "/reset-password", signedIn: true, linked: true, reach: resetting},
	screen{name: "reset refused", signedIn: true, reach: resetRefused, state: true, allow: status422},
	screen{name: "forgot refused", reach: refused("/forgot-password", forgotForm, rig.Values{"email": "ada"}), state: true, allow: status422},
	screen{name: "dead link", linked: true, reach: just("/reset-password?token=x"), allow: status404},
)
