package journeys

import "stoa/test/rig"

var _ = budget("POST /settings/account/delete", 13, endsSession, func(k *caller) int {
	return k.page("/settings/account/delete", rig.Values{"current_password": k.p.Password})
})

// The export costs 11 queries, and one more with each noun that has a part in it.
var _ = budget("POST /settings/account/export", 30, keepsSession, func(k *caller) int {
	return k.page("/settings/account/export", rig.Values{"current_password": k.p.Password})
})

var _ = budget("POST /api/users/me/export", 31, keepsSession, func(k *caller) int {
	return k.c.Post("/api/users/me/export", map[string]string{"password": k.p.Password}).Status
})

var _ = budget("DELETE /api/users/me", 13, endsSession, func(k *caller) int {
	return k.c.Call("DELETE", "/api/users/me", map[string]string{"password": k.p.Password}).Status
})
