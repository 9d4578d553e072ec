package browser

import (
	"github.com/gofiber/fiber/v2"

	"stoa/domain/accounts"
	"stoa/domain/onetime"
	"stoa/domain/signin"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/handlers/route"
	"stoa/views"
)

var passwordReset = respond.NewCountedFlash("password-reset", func(ended int) string {
	return "Your password is set. " + endedText(ended) + " Sign in with it."
})

// passwordSet is passwordReset for a form that was sent twice.
var passwordSet = respond.NewFlash("password-set", views.OK, "Your password is set. Sign in with it.")

// Reset sets a new password by a one-time link.
type Reset struct {
	accounts *accounts.Accounts
	onetime  *onetime.Links
	signin   *signin.Authenticator
}

// Routes declares the routes.
func (r Reset) Routes(to *route.Table) {
	to.Public.Get("/forgot-password", r.New)
	to.Public.Post("/forgot-password", r.Create)
	to.Public.Get("/forgot-password/sent", r.Sent)
	to.Public.Get("/reset-password", r.Edit)
	to.Public.Post("/reset-password", r.Update)
}

// New shows the form for the email address of the account.
func (Reset) New(c *fiber.Ctx) error {
	return respond.Page(c, "accounts/reset_request", views.ResetRequest{Chrome: respond.Chrome(c)})
}

// Create sends a link if the email address has an account. The response is the
// same if it has none.
func (r Reset) Create(c *fiber.Ctx) error {
	err := r.accounts.RequestReset(c.UserContext(), gate.From(c).Scope(), gate.Field(c, "email"))
	if errs := respond.FormErrors(c, err); errs != nil {
		page := views.ResetRequest{Chrome: respond.Chrome(c), Form: views.ResetRequestForm{Errors: errs}}
		return respond.Form(c, fiber.StatusUnprocessableEntity, "accounts/reset_request", "accounts/_reset_request_form", page)
	}
	if err != nil {
		return err
	}
	return respond.Redirect(c, "/forgot-password/sent")
}

// Sent shows the page after Create, which describes the next step.
func (Reset) Sent(c *fiber.Ctx) error {
	return respond.Page(c, "accounts/reset_request_sent", views.ResetRequestSent{Chrome: respond.Chrome(c)})
}

// Edit shows the form for a new password.
func (r Reset) Edit(c *fiber.Ctx) error {
	token := linkToken(c)
	link, err := r.onetime.Peek(c.UserContext(), onetime.ResetPassword, token)
	if err != nil {
		return deadLink(c, onetime.ResetPassword, err)
	}
	return respond.NoStore(c, respond.Page(c, "accounts/reset", r.page(c, link, token, nil)))
}

// Update sets the password and uses up the link. This browser then counts as a
// known device, so that failed attempts of other clients cannot lock the user
// out.
func (r Reset) Update(c *fiber.Ctx) error {
	request, token := gate.From(c), gate.Field(c, "token")
	sc := request.FormScope(c)
	done, err := r.accounts.ResetPassword(c.UserContext(), sc, token, gate.Field(c, "password"))
	// The second time only says what the first did: it marks no browser as known.
	if _, repeated := onetime.Repeated(err, sc); repeated {
		return respond.RedirectFlash(c, "/login", passwordSet)
	}
	switch errs := respond.FormErrors(c, err); {
	case onetime.IsDead(err):
		return deadLink(c, onetime.ResetPassword, err)
	case errs != nil:
		return r.showErrors(c, token, errs)
	case err != nil:
		return err
	}
	if request.Is(done.User.ID) {
		if err := request.SignOut(c); err != nil {
			return err
		}
	}
	request.SetDevice(c, r.signin.Remember(request.Device(c), done.User.Email))
	return respond.RedirectFlash(c, "/login", passwordReset.With(done.Ended))
}

func (r Reset) showErrors(c *fiber.Ctx, token string, errs *views.Errors) error {
	link, err := r.onetime.Peek(c.UserContext(), onetime.ResetPassword, token)
	if err != nil {
		return deadLink(c, onetime.ResetPassword, err)
	}
	page := r.page(c, link, token, errs)
	return respond.NoStore(c, respond.Form(c, fiber.StatusUnprocessableEntity, "accounts/reset", "accounts/_reset_form", page))
}

func (r Reset) page(c *fiber.Ctx, link onetime.Link, token string, errs *views.Errors) views.Reset {
	form := views.ResetForm{Email: link.Email, Token: token, MinLength: r.accounts.MinPassword(), Errors: errs}
	return views.Reset{Chrome: linkChrome(c, token), Form: form}
}
