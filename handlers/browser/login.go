package browser

import (
	"github.com/gofiber/fiber/v2"

	"stoa/domain/scope"
	"stoa/domain/signin"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/handlers/route"
	"stoa/platform/fault"
	"stoa/views"
)

var (
	signedOut   = respond.NewFlash("signed-out", views.OK, "You are signed out.")
	formToCheck = respond.NewFlash("form-to-check", views.Info, "Here is what you typed. It isn’t saved yet: send it once more.")
)

// Login is the sign-in of this browser.
type Login struct{ signin *signin.Authenticator }

// Routes declares the routes.
func (l Login) Routes(to *route.Table) {
	to.Public.Get("/login", l.New)
	to.Public.Post("/login", l.Create)
	to.Harmless.Post("/logout", l.Delete)
}

// New shows the sign-in form. A signed-in user gets the next page.
func (Login) New(c *fiber.Ctx) error {
	next := gate.LocalPath(gate.Param(c, "next"))
	if user := gate.From(c).User(); user != nil {
		return proceed(c, *user, nextOrHome(next))
	}
	return respond.Page(c, "accounts/login", views.Login{Chrome: respond.Chrome(c), Form: views.LoginForm{Next: next, Kept: gate.KeptField(c)}})
}

// Create signs the user in. Every failure has the same response, which does
// not show whether the account exists.
func (l Login) Create(c *fiber.Ctx) error {
	form := views.LoginForm{
		Email: gate.Field(c, "email"), Remember: gate.Checked(c, "remember"), Next: gate.LocalPath(gate.Field(c, "next")),
		Kept: gate.KeptField(c),
	}
	mode := signin.Browser
	if form.Remember {
		mode = signin.Remembered
	}
	request := gate.From(c)
	result, err := l.signin.SignIn(c.UserContext(), request.Scope(), signin.Credentials{
		Email: form.Email, Password: gate.Field(c, "password"), Device: request.Device(c),
	}, mode)
	if form.Errors = loginErrors(c, err); form.Errors != nil {
		page := views.Login{Chrome: respond.Chrome(c), Form: form}
		return respond.Form(c, fiber.StatusUnprocessableEntity, "accounts/login", "accounts/_login_form", page)
	}
	if err != nil {
		return err
	}
	return startSession(c, l.signin, result, nextOrHome(form.Next))
}

func loginErrors(c *fiber.Ctx, err error) *views.Errors {
	if f := fault.As(err); f != nil && f.Kind == fault.Unauthenticated {
		return &views.Errors{List: []views.FieldError{{Message: f.Message}}}
	}
	return respond.FormErrors(c, err)
}

func nextOrHome(next string) string {
	if next == "" {
		return homePath
	}
	return next
}

// startSession sets the cookies of a new session and redirects to next.
func startSession(c *fiber.Ctx, auth *signin.Authenticator, result signin.Result, next string) error {
	request := gate.From(c)
	if err := request.SignIn(c, result.Session); err != nil {
		return err
	}
	gate.LogUser(c, result.User)
	request.SetDevice(c, auth.Remember(request.Device(c), result.User.Email))
	return proceed(c, result.User, next)
}

// proceed leads a user after the sign-in to the form that was sent without a session,
// with what was typed, else to next.
func proceed(c *fiber.Ctx, user scope.User, next string) error {
	if typed, ok := gate.From(c).Kept(c, user.ID); ok {
		return respond.Again(c, fiber.StatusOK, typed, formToCheck, fault.NoSuch("page"))
	}
	return respond.Redirect(c, next)
}

// Delete signs this browser out. Without a session the response is the same.
func (Login) Delete(c *fiber.Ctx) error {
	if err := gate.From(c).SignOut(c); err != nil {
		return err
	}
	return respond.RedirectFlash(c, "/login", signedOut)
}
