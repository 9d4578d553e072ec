package browser

import (
	"github.com/gofiber/fiber/v2"

	"stoa/domain/accounts"
	"stoa/domain/scope"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/views"
)

const profilePath = "/settings/profile"

// Profile shows the form for the person's name and bio.
func (p *Pages) Profile(c *fiber.Ctx) error {
	return respond.Page(c, "accounts/profile", profilePage(c, *gate.From(c).Scope().User))
}

// SaveProfile changes the person's name and bio.
func (p *Pages) SaveProfile(c *fiber.Ctx) error {
	name, bio := gate.Field(c, "name"), gate.Field(c, "bio")
	sc := gate.From(c).Scope()
	changed, err := p.Accounts.ChangeProfile(c.UserContext(), sc, accounts.ProfileChange{Name: &name, Bio: &bio})
	if errs := respond.FormErrors(err); errs != nil {
		page := profilePage(c, *sc.User)
		page.Form.Name, page.Form.Bio, page.Form.Errors = name, bio, errs
		return respond.Form(c, fiber.StatusUnprocessableEntity, "accounts/profile", "accounts/_profile_form", page)
	}
	if err != nil {
		return err
	}
	return respond.Saved(c, profilePath, "profile-saved", "accounts/_profile_form", func(chrome views.Chrome) any {
		chrome.User = respond.Viewer(changed)
		form := profileForm(changed)
		form.Saved = true
		return views.Profile{Chrome: chrome, Form: form}
	})
}

func profilePage(c *fiber.Ctx, p scope.User) views.Profile {
	chrome := respond.Chrome(c)
	chrome.Path = profilePath // also when the form of the picture is shown again
	return views.Profile{Chrome: chrome, Form: profileForm(p), Avatar: avatarForm(p)}
}

func profileForm(p scope.User) views.ProfileForm {
	return views.ProfileForm{Name: p.Name, Bio: p.Bio, Preview: accounts.Bio(p.Bio).HTML()}
}
