package chromium

import "stoa/test/rig"

var _ = declare(
	screen{name: "verify", page: "/verify-email", signedIn: true, linked: true, reach: byEmail(rig.VerifyMail)},
	screen{name: "verified", signedIn: true, reach: verified, state: true},
	screen{name: "dead verification", signedIn: true, reach: just("/verify-email?token=x"), state: true, allow: status404},
)
