package journeys

import "stoa/test/rig"

var _ = budget("POST /settings/theme", 1, keepsSession, func(k *caller) int {
	return k.page("/settings/theme", rig.Values{"theme": "dark"})
})
