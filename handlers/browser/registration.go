package browser

import (
	"github.com/gofiber/fiber/v2"

	"stoa/domain/accounts"
	"stoa/domain/signin"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/handlers/route"
	"stoa/views"
)

var signedInAlready = respond.NewFlash("signed-in-already", views.Info, "You are signed in. To create another account, sign out first; the back button shows what you typed.")

// Registration creates an account.
type Registration struct {
	accounts *accounts.Accounts
	signin   *signin.Authenticator
}

// Routes declares the routes.
func (r Registration) Routes(to *route.Table) {
	to.Public.Get("/register", r.New)
	to.Public.Post("/register", r.Create)
}

// New shows the registration form.
func (r Registration) New(c *fiber.Ctx) error {
	if gate.From(c).SignedIn() {
		return respond.RedirectFlash(c, homePath, signedInAlready)
	}
	return respond.Page(c, "accounts/register", r.page(c, nil))
}

// Create creates the account and signs its user in.
func (r Registration) Create(c *fiber.Ctx) error {
	input := accounts.Registration{
		Name: gate.Field(c, "name"), Email: gate.Field(c, "email"), Password: gate.Field(c, "password"),
	}
	result, err := r.signin.RegisterOnce(c.UserContext(), gate.From(c).Scope(), input)
	if errs := respond.FormErrors(c, err); errs != nil {
		return respond.Form(c, fiber.StatusUnprocessableEntity, "accounts/register", "accounts/_register_form", r.page(c, errs))
	}
	if err != nil {
		return err
	}
	return startSession(c, r.signin, result, homePath)
}

func (r Registration) page(c *fiber.Ctx, errs *views.Errors) views.Register {
	return views.Register{Chrome: respond.Chrome(c), Form: views.RegisterForm{MinLength: r.accounts.MinPassword(), Errors: errs}}
}
