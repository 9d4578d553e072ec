package journeys

import "stoa/test/rig"

var _ = budget("POST /settings/profile", 6, keepsSession, func(k *caller) int {
	return k.page("/settings/profile", rig.Values{"name": "Ada King", "bio": "x"})
})

// The user and the limit alone: clients call it often.
var _ = budget("GET /api/users/me", 2, keepsSession, nil)
