package browser

import (
	"github.com/gofiber/fiber/v2"

	"stoa/handlers/api"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/views"
)

const accountPath = "/settings/account"

// Account shows what can be done with the account as a whole.
func (p *Pages) Account(c *fiber.Ctx) error {
	return respond.Page(c, "accounts/account", accountPage(c, nil))
}

// DeleteAccount deletes the account after its password.
func (p *Pages) DeleteAccount(c *fiber.Ctx) error {
	const field = "current_password"
	v := gate.Named(c)
	err := p.Accounts.Delete(c.UserContext(), v.Scope(), field, gate.Field(c, field))
	if errs := respond.FormErrors(err); errs != nil {
		return respond.Form(c, fiber.StatusUnprocessableEntity, "accounts/account", "accounts/_close_form", accountPage(c, errs))
	}
	if err != nil {
		return err
	}
	if err := v.SignOut(c); err != nil {
		return err
	}
	return respond.Redirect(c, "/", "account-closed")
}

// ExportAccount gives the person everything that is kept about them as one file.
func (p *Pages) ExportAccount(c *fiber.Ctx) error {
	data, err := p.Accounts.Export(c.UserContext(), gate.Named(c).Scope(), "current_password", gate.Field(c, "current_password"))
	if errs := respond.FormErrors(err); errs != nil {
		page := accountPage(c, nil)
		for _, refused := range errs {
			page.Export.Errors = append(page.Export.Errors, views.FieldError{Field: page.Export.CurrentField().ID, Message: refused.Message})
		}
		return respond.Form(c, fiber.StatusUnprocessableEntity, "accounts/account", "accounts/account", page)
	}
	if err != nil {
		return err
	}
	c.Attachment("stoa-" + data.User.ID.String() + ".json")
	return respond.SecretJSON(c, fiber.StatusOK, api.Exported(c, data))
}

func accountPage(c *fiber.Ctx, errs views.Errors) views.Account {
	chrome := respond.Chrome(c)
	chrome.Path = accountPath // also when a form of it is shown again
	email := gate.From(c).Scope().User.Email
	return views.Account{Chrome: chrome, Form: views.DeleteForm{Email: email, Errors: errs}, Export: views.ExportForm{Email: email}}
}
