package journeys

import "stoa/test/rig"

var _ = budget("POST /settings/password", 18, endsSession, func(k *caller) int {
	return k.page("/settings/password", rig.Values{"current_password": k.p.Password, "password": nextPassword})
})

var _ = budget("PUT /api/users/me/password", 17, endsSession, func(k *caller) int {
	return k.c.Call("PUT", "/api/users/me/password", map[string]string{"current_password": k.p.Password, "password": nextPassword}).Status
})
