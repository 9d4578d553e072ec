package browser

import (
	"github.com/gofiber/fiber/v2"

	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/views"
)

const accountPath = "/settings/account"

// Account shows what can be done with the account as a whole.
func (p *Pages) Account(c *fiber.Ctx) error {
	return respond.Page(c, "accounts/account", accountPage(c, nil))
}

// CloseAccount deletes the account after its password.
func (p *Pages) CloseAccount(c *fiber.Ctx) error {
	const field = "current_password"
	v := gate.From(c)
	err := p.Accounts.Close(c.UserContext(), v.Scope(), field, gate.Field(c, field))
	if errs := respond.FormErrors(err); errs != nil {
		return respond.Form(c, fiber.StatusUnprocessableEntity, "accounts/account", "accounts/_close_form", accountPage(c, errs))
	}
	if err != nil {
		return err
	}
	if err := v.SignOut(c); err != nil {
		return err
	}
	return respond.See(c, "/", "account-closed")
}

func accountPage(c *fiber.Ctx, errs views.Errors) views.Account {
	chrome := respond.Chrome(c)
	chrome.Path = accountPath // also when the delete form is shown again
	return views.Account{Chrome: chrome, Form: views.CloseForm{Email: gate.From(c).Scope().Person.Email, Errors: errs}}
}
