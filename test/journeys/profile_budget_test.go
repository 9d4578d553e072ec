package journeys

import "stoa/test/rig"

var _ = budget("POST /settings/profile", 5, keepsSession, func(k *caller) int {
	return k.page("/settings/profile", rig.Values{"name": "Ada King", "bio": "x"})
})

var _ = budget("PATCH /api/users/me", 6, keepsSession, func(k *caller) int {
	return k.c.Call("PATCH", "/api/users/me", map[string]string{"name": "Ada King"}).Status
})
