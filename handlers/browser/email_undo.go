package browser

import (
	"github.com/gofiber/fiber/v2"

	"stoa/domain/accounts"
	"stoa/domain/onetime"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/handlers/route"
	"stoa/views"
)

var changeCancelled = respond.NewFlash("change-cancelled", views.OK,
	"The change is cancelled, and your email address stays the same. If you didn’t ask for the change, someone else knows your password: choose a new one.")

var emailRestored = respond.NewCountedFlash("email-restored", func(ended int) string {
	return "Your account has this address again. " + endedText(ended) + " Someone else knows your password, so choose a new one."
})

// emailRestoredBefore is emailRestored for a form that was sent twice.
var emailRestoredBefore = respond.NewFlash("email-restored-before", views.OK,
	"Your account has this address again. Someone else knows your password, so choose a new one.")

// EmailUndo undoes a change of the email address by a one-time link.
type EmailUndo struct{ accounts *accounts.Accounts }

// Routes declares the routes.
func (e EmailUndo) Routes(to *route.Table) {
	to.Public.Get("/settings/email/undo", e.New)
	to.Public.Post("/settings/email/undo", e.Create)
}

// New shows the button that uses the link.
func (e EmailUndo) New(c *fiber.Ctx) error {
	return showLink(c, e.accounts, onetime.UndoEmail, linkToken(c), nil)
}

// Create restores the email address that the link was sent to, and redirects to
// the form for a new password. Of a change that has not happened, it only cancels the
// change: a link to set a password would be more than its purpose.
func (e EmailUndo) Create(c *fiber.Ctx) error {
	request := gate.From(c)
	done, err := e.accounts.UndoEmail(c.UserContext(), request.FormScope(c), gate.Field(c, "token"))
	if err != nil {
		return deadLink(c, onetime.UndoEmail, err)
	}
	if done.Reset == "" {
		return respond.RedirectFlash(c, passwordPath(request.Is(done.User.ID)), changeCancelled)
	}
	if request.Is(done.User.ID) {
		if err := request.SignOut(c); err != nil {
			return err
		}
	}
	flash := emailRestored.With(done.Ended)
	if done.Repeated {
		flash = emailRestoredBefore
	}
	return respond.NoStore(c, respond.RedirectFlash(c, onetime.Path(onetime.ResetPassword, done.Reset), flash))
}

// passwordPath returns the page on which a user chooses a new password.
func passwordPath(signedIn bool) string {
	if signedIn {
		return "/settings/password"
	}
	return "/forgot-password"
}
