package journeys

import "stoa/test/rig"

var _ = budget("POST /login", 17, endsSession, func(k *caller) int {
	return k.page("/login", rig.Values{"email": k.p.Email, "password": k.p.Password})
})

var _ = budget("POST /logout", 7, endsSession, nil)

var _ = budget("POST /api/auth/login", 13, keepsSession, func(k *caller) int {
	return k.c.TryLogin(k.p.Email, k.p.Password).Status
})

var _ = budget("POST /api/auth/logout", 7, endsSession, nil)
