package browser

import (
	"github.com/gofiber/fiber/v2"

	"stoa/domain/personaldata"
	"stoa/handlers/api"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/handlers/route"
	"stoa/views"
)

const accountPath = "/settings/account"

var accountDeleted = respond.NewFlash("account-closed", views.OK, "Your account is deleted, with everything in it.")

// Account is the user's account as a whole.
type Account struct{ data *personaldata.PersonalData }

// Routes declares the routes.
func (a Account) Routes(to *route.Table) {
	to.Own.Get("/settings/account", a.Show)
	to.Own.Post("/settings/account/export", a.Export)
	to.Own.Post("/settings/account/delete", a.Delete)
}

// Show shows the forms that export and delete the account.
func (a Account) Show(c *fiber.Ctx) error {
	return respond.Page(c, "accounts/account", a.page(c, nil))
}

// Export returns all stored data of the user as one file.
func (a Account) Export(c *fiber.Ctx) error {
	sc := gate.From(c).Scope()
	data, err := a.data.Export(c.UserContext(), sc, "current_password", gate.Field(c, "current_password"))
	if errs := respond.FormErrors(c, err); errs != nil {
		page := a.page(c, nil)
		for i := range errs.List {
			errs.List[i].Field = views.ExportPassword
		}
		page.Export.Errors = errs
		return respond.Form(c, fiber.StatusUnprocessableEntity, "accounts/account", "accounts/account", page)
	}
	if err != nil {
		return err
	}
	c.Attachment("stoa-" + sc.User.ID.String() + ".json")
	return respond.SecretJSON(c, fiber.StatusOK, api.Exported(c, data))
}

// Delete deletes the account if the password is correct.
func (a Account) Delete(c *fiber.Ctx) error {
	const field = "current_password"
	request := gate.From(c)
	err := a.data.Delete(c.UserContext(), request.Scope(), field, gate.Field(c, field))
	if errs := respond.FormErrors(c, err); errs != nil {
		return respond.Form(c, fiber.StatusUnprocessableEntity, "accounts/account", "accounts/_delete_form", a.page(c, errs))
	}
	if err != nil {
		return err
	}
	return signOutDeleted(c)
}

// signOutDeleted ends the session of a deleted account.
func signOutDeleted(c *fiber.Ctx) error {
	if err := gate.From(c).SignOut(c); err != nil {
		return err
	}
	return respond.RedirectFlash(c, "/", accountDeleted)
}

func (a Account) page(c *fiber.Ctx, errs *views.Errors) views.Account {
	chrome := respond.Chrome(c)
	chrome.Path = accountPath // also when one of its forms is shown again
	email := gate.From(c).User().Email
	page := views.Account{Chrome: chrome, Form: views.DeleteForm{Email: email, Errors: errs}, Export: views.ExportForm{Email: email}}
	for _, part := range a.data.UserData.All() {
		if part.Export != nil {
			page.Exported = append(page.Exported, part.Shown)
		}
		if part.Kept == "" {
			page.Deleted = append(page.Deleted, part.Shown)
		}
	}
	return page
}
