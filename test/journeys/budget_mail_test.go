package journeys

import (
	"net/http"
	"net/url"
	"stoa/test/rig"
	"strings"
)

// Another replica handles the requests for links and delivers the emails, so that
// those queries are not counted.

// verification returns the token that verifies the caller's email address.
func (k *caller) verification() string {
	return rig.TokenOf(k.worker.Link(k.T, k.p.Email, rig.VerifyMail, 1))
}

// reset returns a token that sets the caller's password.
func (k *caller) reset() string {
	k.worker.API(k.T).Post("/api/auth/forgot-password", map[string]string{"email": k.p.Email}).Is(http.StatusAccepted)
	return rig.TokenOf(k.worker.Link(k.T, k.p.Email, rig.ResetMail, 1))
}

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

// openLink opens the page of a link.
func (k *caller) openLink(path, token string) int {
	return k.b.Fetch(http.MethodGet, path+"?token="+url.QueryEscape(token), nil).Status
}

// emailRoutes are the routes that need an email or other existing data.
var emailRoutes = map[string]change{
	"GET /verify-email":           {2, false, func(k *caller) int { return k.openLink("/verify-email", k.verification()) }},
	"POST /verify-email":          {8, false, func(k *caller) int { return k.page("/verify-email", rig.Values{"token": k.verification()}) }},
	"GET /reset-password":         {2, true, func(k *caller) int { return k.openLink("/reset-password", k.reset()) }},
	"GET /settings/email/confirm": {2, false, func(k *caller) int { return k.openLink("/settings/email/confirm", k.emailChange(rig.ConfirmMail)) }},
	"POST /settings/email/confirm": {9, true, func(k *caller) int {
		return k.page("/settings/email/confirm", rig.Values{"token": k.emailChange(rig.ConfirmMail)})
	}},
	"GET /settings/email/undo": {2, true, func(k *caller) int { return k.openLink("/settings/email/undo", k.emailChange(rig.UndoMail)) }},
	"POST /settings/email/undo": {17, true, func(k *caller) int {
		return k.page("/settings/email/undo", rig.Values{"token": k.emailChange(rig.UndoMail)})
	}},
	"POST /reset-password": {19, true, func(k *caller) int {
		return k.page("/reset-password", rig.Values{"token": k.reset(), "password": nextPassword})
	}},
	// A missing picture must cost no more than an existing one.
	"GET /avatars/:file": {0, false, func(k *caller) int {
		k.b.Fetch(http.MethodGet, "/avatars/"+strings.Repeat("0", 32)+"-256.jpg", nil).Is(http.StatusNotFound)
		return http.StatusOK
	}},
	"GET /dev/mail/:id": {2, false, func(k *caller) int {
		return k.b.Fetch(http.MethodGet, k.worker.Mailed(k.T, "new_device", "Ada"), nil).Status
	}},
	"GET /dev/mail/:id/html": {2, false, func(k *caller) int {
		k.app.Raw(k.T, k.worker.Mailed(k.T, "new_device", "Ada")+"/html") // Raw requires 200
		return http.StatusOK
	}},
	"POST /api/auth/reset-password": {19, true, func(k *caller) int {
		return k.c.Post("/api/auth/reset-password", map[string]string{"token": k.reset(), "password": nextPassword}).Status
	}},
	"POST /api/auth/verify-email": {9, false, func(k *caller) int {
		return k.c.Post("/api/auth/verify-email", map[string]string{"token": k.verification()}).Status
	}},
}
