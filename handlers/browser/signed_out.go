package browser

import (
	"github.com/gofiber/fiber/v2"

	"stoa/domain"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/views"
)

var formKept = respond.NewFlash("form-kept", views.Warn, "You’re signed out, so nothing is saved yet. Sign in within ten minutes to get back what you typed, except passwords and files.")

// FormRepeated responds to a form of a user that is refused because its session has
// changed, when the same form has caused that: as to the first time, and to every form of
// an account that is deleted. It returns false for any other form.
func FormRepeated(c *fiber.Ctx, d *domain.Domain) (bool, error) {
	request := gate.From(c)
	user, ours := request.FormUser(c)
	if !ours {
		return false, nil
	}
	if exists, err := d.Accounts.Exists(c.UserContext(), user); err != nil || !exists {
		if err == nil {
			err = signOutDeleted(c)
		}
		return true, err
	}
	if c.Path() != passwordFormPath {
		return false, nil
	}
	opened, again, err := d.Sessions.RotateAgain(c.UserContext(), request.FormScope(c))
	if err != nil || !again {
		return false, err
	}
	give := func() error { return request.SignIn(c, opened) }
	if request.SignedIn() {
		give = func() error { return request.RotateToken(c, opened.Token) }
	}
	return true, passwordChangedBefore(c, give())
}

// SignInFirst responds to a form that was sent without a session: with the sign-in form,
// which carries what was typed. It returns err for a form without text.
func SignInFirst(c *fiber.Ctx, typed gate.Typed, err error) error {
	sealed, keepErr := gate.From(c).Keep(c, typed)
	if keepErr != nil {
		return keepErr
	}
	if sealed == "" {
		return err
	}
	respond.ShowFlash(c, formKept)
	chrome := respond.Chrome(c)
	chrome.Path = "/login"
	page := views.Login{Chrome: chrome, Form: views.LoginForm{Next: gate.LocalPath(typed.Page), Kept: sealed}}
	return respond.WholePage(c, fiber.StatusUnauthorized, "accounts/login", page)
}
