package chromium

import "stoa/test/rig"

var _ = declare(
	screen{name: "email refused", signedIn: true, reach: refused("/settings/email", emailForm, rig.Values{"email": "ada", "current_password": "not this one"}), state: true, allow: status422},
	screen{name: "email waiting", signedIn: true, reach: changing(""), state: true},
	screen{name: "confirm", page: "/settings/email/confirm", signedIn: true, linked: true, reach: changing(rig.ConfirmMail)},
	screen{name: "undo", page: "/settings/email/undo", signedIn: true, linked: true, reach: changing(rig.UndoMail)},
)
