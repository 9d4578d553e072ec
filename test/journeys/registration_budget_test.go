package journeys

import "stoa/test/rig"

var _ = budget("POST /register", 23, endsSession, func(k *caller) int {
	p := rig.NewUser()
	return k.page("/register", rig.Values{"name": p.Name, "email": p.Email, "password": p.Password})
})

var _ = budget("POST /api/auth/register", 17, keepsSession, func(k *caller) int {
	return register(k.app.API(k.T), rig.NewUser()).Status
})
