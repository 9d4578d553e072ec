package journeys

import (
	"net/http"
	"stoa/test/rig"
)

var _ = budget("POST /settings/email", 20, keepsSession, func(k *caller) int {
	return k.page("/settings/email", rig.Values{"email": rig.NewUser().Email, "current_password": k.p.Password})
})

var _ = budget("PUT /api/users/me/email", 21, keepsSession, func(k *caller) int {
	return k.c.Call("PUT", "/api/users/me/email", map[string]string{"email": rig.NewUser().Email, "current_password": k.p.Password}).Status
})

var _ = budget("GET /settings/email/confirm", 4, keepsSession, func(k *caller) int {
	return k.openLink("/settings/email/confirm", k.emailChange(rig.ConfirmMail))
})

var _ = budget("POST /settings/email/confirm", 11, endsSession, func(k *caller) int {
	return k.page("/settings/email/confirm", rig.Values{"token": k.emailChange(rig.ConfirmMail)})
})

var _ = budget("GET /settings/email/undo", 4, endsSession, func(k *caller) int {
	return k.openLink("/settings/email/undo", k.emailChange(rig.UndoMail))
})

// The dearest undo is that of a change that has happened.
var _ = budget("POST /settings/email/undo", 18, endsSession, func(k *caller) int {
	undo := k.emailChange(rig.UndoMail)
	k.app.Exec(k.T, "UPDATE users SET email = 'x' || email, email_key = 'x' || email_key WHERE email = $1", k.p.Email)
	return k.page("/settings/email/undo", rig.Values{"token": undo})
})

var _ = budget("POST /settings/email/confirm/disown", 12, endsSession, func(k *caller) int {
	return k.page("/settings/email/confirm/disown", rig.Values{"token": k.emailChange(rig.ConfirmMail)})
})

var _ = budget("POST /settings/email/resend", 18, keepsSession, func(k *caller) int {
	k.emailChange(rig.ConfirmMail)
	return k.page("/settings/email/resend", nil)
})

var _ = budget("POST /api/users/me/email-change", 19, keepsSession, func(k *caller) int {
	k.emailChange(rig.ConfirmMail)
	return k.c.Call("POST", "/api/users/me/email-change", nil).Status
})

var _ = budget("POST /api/auth/confirm-email", 12, endsSession, func(k *caller) int {
	return k.c.Post("/api/auth/confirm-email", map[string]string{"token": k.emailChange(rig.ConfirmMail)}).Status
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
