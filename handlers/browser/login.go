package browser

import (
	"github.com/gofiber/fiber/v2"

	"stoa/domain/signin"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/handlers/route"
	"stoa/platform/fault"
	"stoa/views"
)

var signedOut = respond.NewFlash("signed-out", views.OK, "You are signed out.")

// Login is the sign-in of this browser.
type Login struct{ signin *signin.Authenticator }

// Routes declares the routes.
func (l Login) Routes(to *route.Table) {
	to.Public.Get("/login", l.New)
	to.Public.Post("/login", l.Create)
	to.Public.Post("/logout", l.Delete)
}

// New shows the sign-in form.
func (Login) New(c *fiber.Ctx) error {
	next := gate.LocalPath(c.Query("next"))
	if gate.From(c).SignedIn() {
		return respond.Redirect(c, nextOrDashboard(next))
	}
	return respond.Page(c, "accounts/login", views.Login{Chrome: respond.Chrome(c), Form: views.LoginForm{Next: next}})
}

// Create signs the user in. Every failure has the same response, which does
// not show whether the account exists.
func (l Login) Create(c *fiber.Ctx) error {
	form := views.LoginForm{
		Email: gate.Field(c, "email"), Remember: gate.Checked(c, "remember"), Next: gate.LocalPath(gate.Field(c, "next")),
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
	return startSession(c, l.signin, result, nextOrDashboard(form.Next))
}

func loginErrors(c *fiber.Ctx, err error) *views.Errors {
	if f := fault.As(err); f != nil && f.Kind == fault.Unauthenticated {
		return &views.Errors{List: []views.FieldError{{Message: f.Message}}}
	}
	return respond.FormErrors(c, err)
}

func nextOrDashboard(next string) string {
	if next == "" {
		return dashboardPath
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
	return respond.Redirect(c, next)
}

// Delete signs this browser out. Without a session the response is the same.
func (Login) Delete(c *fiber.Ctx) error {
	if err := gate.From(c).SignOut(c); err != nil {
		return err
	}
	return respond.RedirectFlash(c, "/login", signedOut)
}
