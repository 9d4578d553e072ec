package browser

import (
	"github.com/gofiber/fiber/v2"

	"stoa/domain/accounts"
	"stoa/domain/scope"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/views"
)

// Profile shows the form for the person's name and bio.
func (p *Pages) Profile(c *fiber.Ctx) error {
	return respond.Page(c, "accounts/profile", views.Profile{Chrome: respond.Chrome(c), Form: profileForm(*gate.From(c).Scope().Person)})
}

// SaveProfile changes the person's name and bio.
func (p *Pages) SaveProfile(c *fiber.Ctx) error {
	name, bio := gate.Field(c, "name"), gate.Field(c, "bio")
	sc := gate.From(c).Scope()
	changed, err := p.Accounts.ChangeProfile(c.UserContext(), sc, accounts.ProfileChange{Name: &name, Bio: &bio})
	if errs := respond.FormErrors(err); errs != nil {
		form := profileForm(*sc.Person)
		form.Name, form.Bio, form.Errors = name, bio, errs
		page := views.Profile{Chrome: respond.Chrome(c), Form: form}
		return respond.Form(c, fiber.StatusUnprocessableEntity, "accounts/profile", "accounts/_profile_form", page)
	}
	if err != nil {
		return err
	}
	return respond.Saved(c, "/settings/profile", "profile-saved", "accounts/_profile_form", func(chrome views.Chrome) any {
		chrome.User = &views.Viewer{Name: changed.Name, Email: changed.Email}
		form := profileForm(changed)
		form.Saved = true
		return views.Profile{Chrome: chrome, Form: form}
	})
}

func profileForm(p scope.Person) views.ProfileForm {
	return views.ProfileForm{Name: p.Name, Bio: p.Bio, Preview: accounts.Bio(p.Bio).HTML()}
}
