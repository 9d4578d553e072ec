package journeys

import (
	"net/http"
	"strings"
	"testing"

	"stoa/test/rig"
)

// A stranger registers with the email address of another user, and with texts that
// advertise. The emails to that user contain none of them. After the address is
// verified, emails greet by name.
func TestEmail_NoTextOfAStranger(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	for _, text := range []string{"visit win24.com", "paypa1.com", "https://evil.example/win", "You won! Call +1 555 0100", "evil․example"} {
		agent := rig.With("User-Agent", text+"/1.0 ("+text+"; "+text+") Chrome/1 "+text+"/2 Safari/1")
		unknown := rig.With("User-Agent", text)
		p := rig.NewUser()
		c := app.API(t)
		c.Token = rig.Decode[rig.Tokens](c.Post("/api/auth/register", map[string]string{"name": text, "email": p.Email, "password": p.Password}, agent).Is(http.StatusCreated)).Access
		link := app.Link(t, p.Email, rig.VerifyMail, 1)
		c.Post("/api/auth/forgot-password", map[string]string{"email": p.Email}, unknown).Is(http.StatusAccepted)
		app.Email(t, p.Email, rig.ResetMail, 1)
		c.Post("/api/auth/login", map[string]string{"email": p.Email, "password": p.Password}, unknown).Is(http.StatusOK)
		if mail := app.Email(t, p.Email, rig.DeviceMail, 1); !strings.Contains(mail, "Device: an API client\n") {
			t.Errorf("the email about the sign-in of an unknown client: %s", mail)
		}
		to := rig.NewUser().Email
		change := map[string]string{"email": to, "current_password": p.Password}
		c.Call(http.MethodPut, "/api/users/me/email", change, agent).Is(http.StatusAccepted)
		app.Email(t, to, rig.ConfirmMail, 1)
		app.Email(t, p.Email, rig.UndoMail, 1)
		for _, address := range []string{p.Email, to} {
			sent := rig.Ask[string](t, app, "SELECT string_agg(concat(name, subject, body_text, body_html), '') FROM mailbox WHERE address = $1", address)
			if strings.Contains(sent, text) || address == p.Email && strings.Contains(sent, to) {
				t.Errorf("emails to %s contain texts of the stranger %q:\n%s", address, text, sent)
			}
		}
		for _, s := range c.Sessions() {
			if strings.Contains(s.Device, text) {
				t.Errorf("the list of sessions shows %q as a device", s.Device)
			}
		}

		owner := app.Browser(t)
		owner.Open(link)
		owner.Submit(rig.UseForm, rig.Values{"password": p.Password})
		changePassword(c, p.Password, nextPassword).Is(http.StatusNoContent)
		if mail := app.Email(t, p.Email, rig.PasswordMail, 1); !strings.HasPrefix(mail, "Hello "+text+",") {
			t.Errorf("the email to a verified address begins with %.60q, want a greeting by name", mail)
		}
	}
}
