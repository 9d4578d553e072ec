package journeys

import "stoa/test/rig"

var _ = budget("POST /settings/sessions/revoke-others", 7, endsSession, func(k *caller) int {
	return k.page("/settings/sessions/revoke-others", rig.Values{})
})

var _ = budget("POST /settings/sessions/:id/revoke", 7, endsSession, func(k *caller) int {
	return k.page("/settings/sessions/"+k.otherSession+"/revoke", rig.Values{})
})

var _ = budget("DELETE /api/users/me/sessions/:id", 7, endsSession, func(k *caller) int {
	return k.c.Call("DELETE", "/api/users/me/sessions/"+k.otherSession, nil).Status
})

// The user, the limit and the list.
var _ = budget("GET /api/users/me/sessions", 3, keepsSession, nil)
