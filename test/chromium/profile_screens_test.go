package chromium

import (
	"strings"

	"stoa/test/rig"
)

var _ = declare(
	screen{name: "profile refused", signedIn: true, reach: refused("/settings/profile", profileForm, rig.Values{"name": "", "bio": strings.Repeat("word ", 401)}), state: true, allow: status422},
	screen{name: "profile saved", signedIn: true, reach: saved, state: true},
)

func saved(tab *Tab, _ rig.User) {
	tab.T.Helper()
	tab.Open("/settings/profile")
	tab.Swap(profileForm, rig.Values{"name": "Ada Lovelace", "bio": bio}, profileForm)
}

const bio = "# Who\n\nI write **notes** on [engines](https://example.com/engines), with\n\n- care\n- `code`\n\n> and a quotation"
