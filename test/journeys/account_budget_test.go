package journeys

import "stoa/test/rig"

var _ = budget("POST /settings/account/delete", 13, endsSession, func(k *caller) int {
	return k.page("/settings/account/delete", rig.Values{"current_password": k.p.Password})
})

var _ = budget("POST /settings/account/export", 11, keepsSession, func(k *caller) int {
	return k.page("/settings/account/export", rig.Values{"current_password": k.p.Password})
})

var _ = budget("POST /api/users/me/export", 12, keepsSession, func(k *caller) int {
	return k.c.Post("/api/users/me/export", map[string]string{"password": k.p.Password}).Status
})

var _ = budget("DELETE /api/users/me", 12, endsSession, func(k *caller) int {
	return k.c.Call("DELETE", "/api/users/me", map[string]string{"password": k.p.Password}).Status
})
