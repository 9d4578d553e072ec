package journeys

import (
	"net/http"
	"stoa/test/rig"
)

var _ = budget("POST /settings/email", 19, keepsSession, func(k *caller) int {
	return k.page("/settings/email", rig.Values{"email": rig.NewUser().Email, "current_password": k.p.Password})
})

var _ = budget("PUT /api/users/me/email", 20, keepsSession, func(k *caller) int {
	return k.c.Call("PUT", "/api/users/me/email", map[string]string{"email": rig.NewUser().Email, "current_password": k.p.Password}).Status
})

var _ = budget("GET /settings/email/confirm", 2, keepsSession, func(k *caller) int {
	return k.openLink("/settings/email/confirm", k.emailChange(rig.ConfirmMail))
})

var _ = budget("POST /settings/email/confirm", 9, endsSession, func(k *caller) int {
	return k.page("/settings/email/confirm", rig.Values{"token": k.emailChange(rig.ConfirmMail)})
})

var _ = budget("GET /settings/email/undo", 2, endsSession, func(k *caller) int {
	return k.openLink("/settings/email/undo", k.emailChange(rig.UndoMail))
})

var _ = budget("POST /settings/email/undo", 17, endsSession, func(k *caller) int {
	return k.page("/settings/email/undo", rig.Values{"token": k.emailChange(rig.UndoMail)})
})

// emailChange requests a change of the email address and returns the token that
// confirms it, or the one that undoes it.
func (k *caller) emailChange(subject string) string {
	next := rig.NewUser().Email
	c := k.worker.API(k.T)
	c.Login(k.p)
	c.Call("PUT", "/api/users/me/email", map[string]string{"email": next, "current_password": k.p.Password}).Is(http.StatusAccepted)
	if subject == rig.UndoMail {
		return rig.TokenOf(k.worker.Link(k.T, k.p.Email, subject, 1))
	}
	return rig.TokenOf(k.worker.Link(k.T, next, subject, 1))
}
