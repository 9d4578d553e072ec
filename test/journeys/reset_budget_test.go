package journeys

import (
	"net/http"
	"stoa/test/rig"
)

var _ = budget("POST /forgot-password", 7, endsSession, func(k *caller) int {
	return k.page("/forgot-password", rig.Values{"email": k.p.Email})
})

var _ = budget("POST /api/auth/forgot-password", 8, endsSession, func(k *caller) int {
	return k.c.Post("/api/auth/forgot-password", map[string]string{"email": k.p.Email}).Status
})

var _ = budget("GET /reset-password", 2, endsSession, func(k *caller) int {
	return k.openLink("/reset-password", k.reset())
})

var _ = budget("POST /reset-password", 19, endsSession, func(k *caller) int {
	return k.page("/reset-password", rig.Values{"token": k.reset(), "password": nextPassword})
})

var _ = budget("POST /api/auth/reset-password", 19, endsSession, func(k *caller) int {
	return k.c.Post("/api/auth/reset-password", map[string]string{"token": k.reset(), "password": nextPassword}).Status
})

// reset returns a token that sets the caller's password.
func (k *caller) reset() string {
	k.worker.API(k.T).Post("/api/auth/forgot-password", map[string]string{"email": k.p.Email}).Is(http.StatusAccepted)
	return rig.TokenOf(k.worker.Link(k.T, k.p.Email, rig.ResetMail, 1))
}
