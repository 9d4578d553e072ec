package browser

import (
	"github.com/gofiber/fiber/v2"

	"stoa/domain/accounts"
	"stoa/domain/onetime"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/handlers/route"
)

var emailRestored = respond.NewCountedFlash("email-restored", func(ended int) string {
	return "Your account has this address again. " + endedText(ended) + " Whoever changed it knew your password, so choose a new one."
})

// EmailUndo undoes a change of the email address by a one-time link.
type EmailUndo struct {
	accounts *accounts.Accounts
	onetime  *onetime.Links
}

// Routes declares the routes.
func (e EmailUndo) Routes(to *route.Table) {
	to.Public.Get("/settings/email/undo", e.New)
	to.Public.Post("/settings/email/undo", e.Create)
}

// New shows the button that uses the link.
func (e EmailUndo) New(c *fiber.Ctx) error {
	return showConfirmLink(c, e.onetime, onetime.UndoEmail)
}

// Create restores the email address that the link was sent to, and redirects to
// the form for a new password.
func (e EmailUndo) Create(c *fiber.Ctx) error {
	request := gate.From(c)
	done, err := e.accounts.UndoEmail(c.UserContext(), request.Scope(), gate.Field(c, "token"))
	if err != nil {
		return deadLink(c, onetime.UndoEmail, fiber.StatusUnprocessableEntity, err)
	}
	if request.Is(done.User.ID) {
		if err := request.SignOut(c); err != nil {
			return err
		}
	}
	return respond.NoStore(c, respond.RedirectFlash(c, onetime.Path(onetime.ResetPassword, done.Reset), emailRestored.With(done.Ended)))
}
