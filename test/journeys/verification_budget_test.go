package journeys

import "stoa/test/rig"

var _ = budget("POST /verify-email/resend", 11, keepsSession, nil)

var _ = budget("POST /api/users/me/verification", 12, keepsSession, nil)

var _ = budget("GET /verify-email", 4, keepsSession, func(k *caller) int {
	return k.openLink("/verify-email", k.verification())
})

var _ = budget("POST /verify-email", 9, endsSession, func(k *caller) int {
	return k.page("/verify-email", rig.Values{"token": k.verification()})
})

var _ = budget("POST /api/auth/verify-email", 10, endsSession, func(k *caller) int {
	return k.c.Post("/api/auth/verify-email", map[string]string{"token": k.verification()}).Status
})

var _ = budget("POST /verify-email/disown", 12, endsSession, func(k *caller) int {
	return k.page("/verify-email/disown", rig.Values{"token": k.verification()})
})

// verification returns the token that verifies the caller's email address.
func (k *caller) verification() string {
	return rig.TokenOf(k.worker.Link(k.T, k.p.Email, rig.VerifyMail, 1))
}
